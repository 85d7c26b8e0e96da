package app

import (
	"context"

	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/governor"
)

// mostInFlight bounds the calls that are made at once, whatever a service
// takes: each holds a page.
const mostInFlight = 256

// Governor holds the calls of this process together. It is one for all
// commands of it.
func (a *App) Governor() *governor.Governor {
	if a.governor == nil {
		a.governor = governor.New(clock.System(), mostInFlight)
	}
	return a.governor
}

// governed lets a governor decide when the client's calls begin.
type governed struct{ *governor.Governor }

// Begin is part of easemob.Governor.
func (g governed) Begin(ctx context.Context, a easemob.Attempt) (end func(easemob.Ending), err error) {
	call, err := g.Governor.Begin(ctx, governor.Ask{
		Family: a.Family, Rate: governor.Rate(a.Limit), OwnerLimited: a.UserLimit, Budget: a.Budget,
	})
	if err != nil {
		return nil, err
	}
	return func(e easemob.Ending) { call.End(outcome(e), e.RetryAfter) }, nil
}

func outcome(e easemob.Ending) governor.Outcome {
	switch {
	case e.Abandoned:
		return governor.Abandoned
	case e.Limited:
		return governor.Refused
	case e.Overloaded:
		return governor.Overloaded
	default:
		return governor.Answered
	}
}
