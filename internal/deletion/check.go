package deletion

import (
	"context"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Check freezes what s would delete. It refuses what can't be deleted as asked, and
// what differs from the plan.
func Check(ctx context.Context, svc roaming.Service, s Settings, sink Sink) ([]Frozen, error) {
	frozen, err := Freeze(ctx, svc, s.Job, sink)
	if err == nil && !s.Force {
		err = checkVisible(s.Job, frozen)
	}
	if err == nil {
		err = checkPlan(s, frozen)
	}
	if err == nil && len(FrozenCalls(s.Job, frozen)) == 0 {
		err = checkIDs(s.Job, frozen, fault.Safety)
	}
	return frozen, err
}

// checkVisible refuses message IDs that are not in the user's history.
func checkVisible(job Job, frozen []Frozen) error {
	var missing, asked int
	var first roaming.MessageID
	for _, f := range frozen {
		if len(f.NotVisible) > 0 && missing == 0 {
			first = f.NotVisible[0]
		}
		missing += len(f.NotVisible)
		asked += len(f.IDs)
	}
	if missing == 0 {
		return nil
	}
	f := fault.New(fault.Safety, "%d of %s not visible to this user (such as %s), so they can't be backed up; %s",
		missing, render.CountOf(asked, "message ID is", "message IDs are"), first, job.nothing())
	if job.Recall != nil {
		return f.WithHint("a message that was recalled or has expired is not visible, nor is one that this user deleted, which others may still see: " +
			"check the IDs, give --user another user of the conversation, or recall the others with --skip-missing")
	}
	return f.WithHint("check the IDs, or delete the others with --force")
}

// checkIDs returns a fault of that kind if some messages have no ID, by which a
// call could delete them.
func checkIDs(job Job, frozen []Frozen, kind fault.Kind) error {
	for _, f := range frozen {
		if f.WithoutID > 0 && job.Recall != nil {
			return fault.New(kind, "%d messages of %s have no ID or no sender, so they can't be recalled and stay", f.WithoutID, f.Ref)
		}
		if f.WithoutID > 0 {
			return fault.New(kind, "%d messages of %s have no ID, so they can't be deleted one by one and stay", f.WithoutID, f.Ref).
				WithHint("roamctl conversations delete --delete-messages --no-backup deletes the whole conversation")
		}
	}
	return nil
}

// checkPlan refuses a history that has changed since the plan was made: messages
// that the plan names are gone, or others would be deleted. Without a plan,
// expected is nil.
func checkPlan(s Settings, now []Frozen) error {
	expected, job := s.Expected, s.Job
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
				return changed(job, "message %s of %s, which the plan names, is gone", id, e.Ref)
			}
		}
		for _, id := range found[e.Ref].Visible {
			if !was[id] {
				return changed(job, "message %s of %s would be "+job.past()+", and the plan does not name it", id, e.Ref)
			}
		}
		delete(found, e.Ref)
	}
	for ref := range found {
		return changed(job, "%s of %s would be deleted, and the plan does not name it", "the conversation", ref)
	}
	return nil
}

// Gone reports whether nothing is left of what a job deletes. Where messages are
// deleted, the list does not count: a new message puts a conversation on it again.
func Gone(ctx context.Context, svc roaming.Service, job Job) (bool, error) {
	frozen, err := Freeze(ctx, svc, job, discard{})
	for _, f := range frozen {
		if len(f.Visible) > 0 || f.Drop && !f.reads() {
			return false, err
		}
	}
	return err == nil, err
}

func changed(job Job, format string, id, ref any) error {
	return fault.New(fault.Safety, "the history has changed since the plan was made: "+format+"; "+job.nothing(), id, ref).
		WithHint("make a new plan and have it reviewed")
}
