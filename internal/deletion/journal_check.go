package deletion

import (
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// checkJob refuses a journal that goes beyond the job that its run began with. The
// intent decides, not the events after it: the file may have been edited, checksums
// included.
func (r *Replay) checkJob(job Job) error {
	if err := job.Check(); err != nil {
		return err
	}
	visible := map[roaming.Ref]map[roaming.MessageID]bool{}
	for _, f := range slices.Concat(r.Frozen, r.Unread) {
		t, ok := job.target(f.Ref)
		if !ok || !t.includes(f.Visible) || f.Drop && !t.Drop {
			return beyond("names %s", f.Ref)
		}
		visible[f.Ref] = idSet(f.Visible)
	}
	numbers := map[int]bool{}
	for _, c := range r.Calls {
		if numbers[c.Number] {
			return beyond("has two calls number %d", c.Number)
		}
		numbers[c.Number] = true
		if !job.allows(c) {
			return beyond("has a call (%s) on %s", c.Op, c.Ref)
		}
		if seen, ok := visible[c.Ref]; ok && !subset(c.IDs, seen) {
			return beyond("deletes messages of %s that were not read", c.Ref)
		}
	}
	for number := range r.Progress {
		if !numbers[number] {
			return beyond("has the answer to a call number %d that it does not have", number)
		}
	}
	return nil
}

func beyond(format string, args ...any) error {
	return fault.New(fault.Safety, "the run's journal "+format+", which is not part of the run; nothing was sent", args...).
		WithHint("the journal was changed: compare it with a backup of the state folder")
}

// Check refuses a job that no command makes: one from a run's file or a plan may have
// been written by hand.
func (j Job) Check() error {
	if j.User == "" {
		return fault.New(fault.Safety, "the deletion has no user")
	}
	most := roaming.MaxDeleteIDs
	if j.Recall != nil {
		most = roaming.MaxRecalls
	}
	if j.BatchSize < 1 || j.BatchSize > most {
		return fault.New(fault.Safety, "the batch size of the deletion of %s is %d; it must be 1 to %d", j.User, j.BatchSize, most)
	}
	drops := func(t Target) bool { return t.Drop }
	if j.Recall != nil && (j.All || j.Each != nil && j.Each.Drop || slices.ContainsFunc(j.Targets, drops)) {
		return fault.New(fault.Safety, "the recall of %s also deletes conversations", j.User)
	}
	for _, t := range j.Targets {
		if t.User != j.User || t.Conversation == "" || !slices.Contains(roaming.ChatTypes(), t.Type) {
			return fault.New(fault.Safety, "the deletion of %s also names %s", j.User, t.Ref)
		}
	}
	return nil
}

// target returns what the job deletes from a conversation; false for nothing.
func (j Job) target(ref roaming.Ref) (Target, bool) {
	for _, t := range j.Targets {
		if t.Ref == ref {
			return t, true
		}
	}
	each := j.each()
	if each == nil || ref.User != j.User || each.Type != "" && each.Type != ref.Type {
		return Target{}, false
	}
	return each.target(ref), true
}

// allows reports whether the job includes a call.
func (j Job) allows(c Call) bool {
	if c.Op == OpEverything {
		return j.Recall == nil && j.All && c.Ref == roaming.Ref{User: j.User}
	}
	t, ok := j.target(c.Ref)
	if !ok {
		return false
	}
	if (c.Op == OpRecall) != (j.Recall != nil) {
		return false
	}
	switch c.Op {
	case OpRecall:
		return t.reads() && t.includes(c.IDs) && len(c.IDs) > 0 && len(c.IDs) <= j.BatchSize && len(c.From) == len(c.IDs)
	case OpIDs:
		return t.reads() && t.includes(c.IDs) && len(c.IDs) > 0 && len(c.IDs) <= j.BatchSize
	case OpThrough:
		return t.reads() && len(t.IDs) == 0 && !c.Through.IsZero() && (t.Through.IsZero() || !c.Through.After(t.Through.Time))
	case OpConversation:
		return t.Drop && (t.All || !c.WithMessages)
	default:
		return false
	}
}

// includes reports whether the target includes these messages; one that names more
// than IDs includes any.
func (t Target) includes(ids []roaming.MessageID) bool {
	return !t.named() || subset(ids, idSet(t.IDs))
}

func subset(ids []roaming.MessageID, of map[roaming.MessageID]bool) bool {
	return !slices.ContainsFunc(ids, func(id roaming.MessageID) bool { return !of[id] })
}
