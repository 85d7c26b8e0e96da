package deletion

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Recall makes a Job recall its messages: they are deleted for everyone, from any
// sender (docs/contract.md, section 9). The user's history says which messages there are
// and who sent them.
type Recall struct {
	// Force also recalls messages past the app's recall window.
	Force bool `json:"force,omitempty"`
}

// past is what is done to messages, in errors: "deleted" or "recalled".
func (j Job) past() string {
	if j.Recall != nil {
		return "recalled"
	}
	return "deleted"
}

// nothing says that a job did nothing.
func (j Job) nothing() string { return "nothing was " + j.past() }

// setSenders sets the senders of the visible messages. It leaves out messages without
// one, as no recall can name them.
func (f *Frozen) setSenders(senders map[roaming.MessageID]string) {
	visible := f.Visible[:0]
	for _, id := range f.Visible {
		if senders[id] == "" {
			f.WithoutID++
			continue
		}
		visible, f.From = append(visible, id), append(f.From, senders[id])
	}
	f.Visible = visible
}

// recall sends a recall and sets what became of its messages. The call fails if one of
// them was not recalled. A message that the service does not find is no failure here:
// the verification looks whether it is gone.
func (e Executor) recall(ctx context.Context, c Call, o *Outcome) {
	messages := make([]roaming.Sent, len(c.IDs))
	for i, id := range c.IDs {
		messages[i] = roaming.Sent{ID: id, From: c.From[i]}
	}
	refused, err := e.Service.Recall(ctx, c.Ref, messages, e.Recall != nil && e.Recall.Force)
	if err != nil {
		o.Err, o.Refused = err, c.IDs
		return
	}
	var first error
	for _, id := range c.IDs {
		switch err := refused[id]; {
		case err == nil:
		case fault.KindOf(err) == fault.NotFound:
			o.Gone = append(o.Gone, id)
		default:
			o.Refused = append(o.Refused, id)
			first = firstError(first, err)
		}
	}
	if first == nil {
		return
	}
	if len(o.IDs) == 1 {
		o.Err = first
		return
	}
	kind := fault.Partial
	if len(o.Refused) == len(o.IDs) {
		kind = fault.KindOf(first)
	}
	o.Err = fault.Wrap(kind, first, "%d of %d messages were not recalled", len(o.Refused), len(o.IDs)).
		WithHint("%s", fault.HintOf(first))
}

// withSubset returns a recall of those of c's messages that keep has.
func (c Call) withSubset(keep map[roaming.MessageID]bool) Call {
	ids, from := []roaming.MessageID{}, []string{}
	for i, id := range c.IDs {
		if keep[id] {
			ids, from = append(ids, id), append(from, c.From[i])
		}
	}
	c.IDs, c.From = ids, from
	return c
}

// stillSeen returns those messages of recalls that an earlier process sent, and whose
// success is not known, that somebody still sees.
func (e *Engine) stillSeen(ctx context.Context, s Settings, state Replay) (map[roaming.MessageID]bool, error) {
	doubtful := map[roaming.Ref]map[roaming.MessageID]bool{}
	for _, c := range state.Calls {
		if was, sent := state.Progress[c.Number]; !sent || c.Op != OpRecall || was.Status == Accepted {
			continue
		}
		if doubtful[c.Ref] == nil {
			doubtful[c.Ref] = map[roaming.MessageID]bool{}
		}
		for _, id := range c.IDs {
			doubtful[c.Ref][id] = true
		}
	}
	still := map[roaming.MessageID]bool{}
	for _, w := range e.verifier(s).sides(state.Frozen, state.Peers) {
		w.Visible = slices.DeleteFunc(slices.Clone(w.Visible), func(id roaming.MessageID) bool { return !doubtful[w.Ref][id] })
		seen, err := e.verifier(s).seen(ctx, w.seenBy, w.Frozen)
		if err != nil {
			return nil, err
		}
		for _, id := range seen {
			still[id] = true
		}
	}
	return still, nil
}

// reviewRecalls returns a review that sends again only what stillSeen returns.
func reviewRecalls(before map[int]CallState, still map[roaming.MessageID]bool) func(context.Context, Call) (Call, error) {
	return func(_ context.Context, c Call) (Call, error) {
		if _, sent := before[c.Number]; !sent {
			return c, nil
		}
		left := c.withSubset(still)
		if len(left.IDs) == 0 {
			return c, errNothingLeft
		}
		return left, nil
	}
}

// isNobody reports whether err means that no other user's view can be looked at: of a
// chat with oneself, a room, whose members can't be listed, or a disbanded group.
func isNobody(err error) bool { return fault.KindOf(err) == fault.NotFound }
