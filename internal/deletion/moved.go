package deletion

import (
	"context"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Moved is nil when what is there now is what a plan froze, and otherwise a
// fault.Safety: messages that the plan names are gone, or it would now take
// more than it froze. Without a plan nothing is expected.
func Moved(expected, now []Frozen) error {
	if expected == nil {
		return nil
	}
	found := map[roaming.Ref]Frozen{}
	for _, f := range now {
		found[f.Ref] = f
	}
	for _, e := range expected {
		was, is := idSet(e.Visible), idSet(found[e.Ref].Visible)
		for _, id := range e.Visible {
			if !is[id] {
				return moved("message %s of %s, which the plan names, is gone", id, e.Ref)
			}
		}
		for _, id := range found[e.Ref].Visible {
			if !was[id] {
				return moved("message %s of %s would go too, and the plan does not name it", id, e.Ref)
			}
		}
		delete(found, e.Ref)
	}
	for ref := range found {
		return moved("the %s %s would go too, and the plan does not name it", "conversation of", ref)
	}
	return nil
}

// Gone tells whether nothing is left of what a job takes. Where messages go, what
// the list has is of no account: a new message puts a conversation on it again.
func Gone(ctx context.Context, svc roaming.Service, job Job) (bool, error) {
	frozen, err := Freeze(ctx, svc, job, nowhere{})
	for _, f := range frozen {
		if len(f.Visible) > 0 || f.Drop && !f.reads() {
			return false, err
		}
	}
	return err == nil, err
}

func moved(format string, id, ref any) error {
	return fault.New(fault.Safety, "the history has moved since the plan was made: "+format+"; nothing was deleted", id, ref).
		WithHint("make a new plan and have it reviewed")
}
