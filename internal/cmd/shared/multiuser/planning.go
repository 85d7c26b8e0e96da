package multiuser

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/bulk"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/plan"
)

// planning writes down what a deletion would do, instead of doing it.
type planning struct {
	*Deletion

	flags *deleting.Flags
}

func (p planning) reads() bool { return true }

// carryOut writes the plan, in the order of the users. A plan that does not
// have all of them is not left behind: nobody should review half of it.
func (p planning) carryOut(ctx context.Context, r *run) error {
	header, err := p.flags.PlanHeader(ctx, r.app)
	if err != nil {
		return err
	}
	r.app.WarnUnsynced(filepath.Dir(p.flags.Plan()))
	w, err := plan.Create(p.flags.Plan(), header)
	if err != nil {
		return err
	}
	do := func(ctx context.Context, o ledger.User, emit func([]deleting.Planned) error) (ledger.Result, error) {
		settings, err := p.settings(ctx, r, o)
		if err != nil {
			return ledger.Result{}, err
		}
		planned, err := p.flags.Freeze(ctx, r.app, settings)
		if err != nil {
			return ledger.Result{}, err
		}
		r.meter.messages.Add(int64(len(planned.Messages)))
		return ledger.Result{Messages: len(planned.Messages)}, emit([]deleting.Planned{planned})
	}
	e := engine(r, do, bulk.PrintFunc[deleting.Planned](func(_ ledger.User, planned []deleting.Planned) error {
		for _, one := range planned {
			if err := one.Add(ctx, r.app, w); err != nil {
				return err
			}
		}
		return nil
	}))
	e.Weight = func(one deleting.Planned) int { return 1 + len(one.Messages) }
	if err = e.Run(ctx); err == nil {
		err = r.verdict(ctx)
	}
	if err != nil {
		r.app.Warn("no plan was written: it would not have all users")
		return errors.Join(err, w.Abort())
	}
	count, err := w.Close()
	if err != nil {
		return err
	}
	p.flags.TellPlanned(r.app, count.String())
	return nil
}

// spec is what a plan says of one user.
type spec struct {
	Job      deletion.Job      `json:"job"`
	Expected []deletion.Frozen `json:"expected"`
}

func (s spec) encode() ([]byte, error) { return json.Marshal(s) }
func (s *spec) decode(b []byte) error  { return json.Unmarshal(b, s) }
