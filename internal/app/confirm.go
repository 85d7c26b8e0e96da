package app

import (
	"context"
	"fmt"

	"github.com/roamctl/roamctl/internal/fault"
)

// Confirmation is what a destructive command asks before it acts.
type Confirmation struct {
	Lines []string // who loses what, who keeps theirs, what was understood
	Word  string   // what has to be typed
	Yes   bool     // --yes was given
}

// Confirm shows what is about to happen and asks for the word to be typed. It
// is nil only for a yes: with Yes nothing is asked; off a terminal, or on
// another answer, it is a fault.Safety.
func (a *App) Confirm(ctx context.Context, c Confirmation) error {
	if c.Yes {
		return nil
	}
	if !a.CanAsk() {
		err := fault.New(fault.Safety, "not confirmed: this deletes, and there is no terminal to ask on")
		if a.Flags != nil && a.Flags.Lookup("dry-run") != nil {
			return err.WithHint("look at it with --dry-run, then give --yes")
		}
		return err.WithHint("give --yes")
	}
	a.Explain(c)
	answer, err := a.ask(ctx, fmt.Sprintf("Type %s to go on", c.Word), promptLine)
	if fault.KindOf(err) == fault.Usage {
		return fault.Wrap(fault.Safety, err, "not confirmed: nothing was deleted")
	}
	if err != nil {
		return err
	}
	if answer != c.Word {
		return fault.New(fault.Safety, "not confirmed: nothing was deleted")
	}
	return nil
}
