package deletion

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// listing service: what happens to a list around the calls of a run.
type lists struct {
	roaming.Service

	drop  func(ctx context.Context, ref roaming.Ref, withMessages bool) error // in the place of DeleteConversation
	after func()                                                              // each call that deletes messages
	list  func(look int) ([]roaming.Page[roaming.Conversation], error)        // in the place of the list, once something was dropped
	looks int
	pages int
	gone  bool
}

func (l *lists) DeleteMessages(ctx context.Context, ref roaming.Ref, ids []roaming.MessageID, notify bool) error {
	err := l.Service.DeleteMessages(ctx, ref, ids, notify)
	if l.after != nil {
		l.after()
	}
	return err
}

func (l *lists) DeleteConversation(ctx context.Context, ref roaming.Ref, withMessages bool) error {
	l.gone = true
	if l.drop != nil {
		return l.drop(ctx, ref, withMessages)
	}
	return l.Service.DeleteConversation(ctx, ref, withMessages)
}

func (l *lists) Conversations(ctx context.Context, user string, q roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	if !l.gone {
		return l.Service.Conversations(ctx, user, q)
	}
	l.looks++
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		if l.list == nil {
			for page, err := range l.Service.Conversations(ctx, user, q) {
				l.pages++
				if !yield(page, err) {
					return
				}
			}
			return
		}
		pages, err := l.list(l.looks)
		for _, page := range pages {
			l.pages++
			if !yield(page, nil) {
				return
			}
		}
		if err != nil {
			yield(roaming.Page[roaming.Conversation]{}, err)
		}
	}
}

// run drops alice's chat with bob, with its messages or without.
func (w *world) drop(l *lists, all bool, change func(*Settings)) (Report, *journal, error) {
	w.Helper()
	l.Service = w.svc
	e := w.engine()
	e.Service = l
	s := w.settings(Target{Ref: chat, All: all, Drop: true})
	s.VerifyList, s.VerifyFor = true, time.Second
	if change != nil {
		change(&s)
	}
	j := &journal{}
	r, err := e.Run(w.Context(), s, j, Replay{})
	return r, j, err
}

func (w *world) states(r Report) (states []string) {
	w.Helper()
	if r.Verification == nil {
		w.Fatal("there is no verification")
	}
	for _, c := range r.Verification.Conversations {
		states = append(states, fmt.Sprintf("%s %s %s %v", c.Conversation, c.Type, c.State, c.Arrived))
	}
	return states
}

func entry(id string, last roaming.MessageID) roaming.Conversation {
	c := roaming.Conversation{ID: id, Type: roaming.Chat}
	if last != 0 {
		c.LastMessage = &roaming.Message{ID: last}
	}
	return c
}

// page is a page of a list with bob and others; more says that there is another.
func page(more bool, items ...roaming.Conversation) roaming.Page[roaming.Conversation] {
	p := roaming.Page[roaming.Conversation]{Items: items}
	if more {
		p.Next = "more"
	}
	return p
}

type listPages = []roaming.Page[roaming.Conversation]

func TestVerifyReadsTheList(t *testing.T) {
	silent := func(context.Context, roaming.Ref, bool) error { return nil }
	for name, c := range map[string]struct {
		lists lists
		all   bool
		for0  bool // look once
		want  string
		looks int
		kind  fault.Kind
	}{
		"it left":                 {lists{}, true, false, "bob chat deleted false", 1, ""},
		"it left, messages kept":  {lists{}, false, false, "bob chat deleted false", 1, ""},
		"the service did nothing": {lists{drop: silent}, true, false, "bob chat still_listed false", 2, fault.Partial},
		"nothing, messages kept":  {lists{drop: silent}, false, false, "bob chat still_listed false", 2, fault.Partial},
		"no time for another":     {lists{drop: silent}, true, true, "bob chat still_listed false", 1, fault.Partial},
		"the list is late": {lists{list: func(look int) (listPages, error) {
			if look == 1 {
				return listPages{page(false, entry("bob", 0))}, nil
			}
			return listPages{page(false, entry("carol", 0))}, nil
		}}, true, false, "bob chat deleted false", 2, ""},
		"a group of that name": {lists{list: func(int) (listPages, error) {
			return listPages{page(false, roaming.Conversation{ID: "bob", Type: roaming.Group})}, nil
		}}, true, false, "bob chat deleted false", 1, ""},
		"a long list": {lists{list: func(int) (listPages, error) {
			return listPages{page(true), page(true), page(true), page(true), page(false)}, nil
		}}, true, false, "bob chat unknown false", 1, ""},
		"a list of as many pages as are read": {lists{list: func(int) (listPages, error) {
			return listPages{page(true), page(true), page(true), page(false)}, nil
		}}, true, false, "bob chat deleted false", 1, ""},
		"still on a long list": {lists{list: func(int) (listPages, error) {
			return listPages{page(true), page(true), page(true), page(true, entry("bob", 0)), page(false)}, nil
		}}, true, false, "bob chat still_listed false", 1, fault.Partial},
		"a part of the list is unreadable": {lists{list: func(int) (listPages, error) {
			return listPages{{Bad: []*roaming.ItemError{{Err: errors.New("odd")}}}}, nil
		}}, true, false, "bob chat unknown false", 1, ""},
		"the list fails": {lists{list: func(int) (listPages, error) { return nil, errors.New("boom") }}, true, false, "bob chat unknown false", 1, fault.Partial},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			r, _, err := w.drop(&c.lists, c.all, func(s *Settings) {
				if c.for0 {
					s.VerifyFor = 0
				}
			})
			w.want("kind", c.kind, kindOf(err))
			w.want("states", []string{c.want}, w.states(r))
			w.want("looks", c.looks, c.lists.looks)
			w.want("pages at most", true, c.lists.pages <= maxListPages)
		})
	}
}

func kindOf(err error) fault.Kind {
	if err == nil {
		return ""
	}
	return fault.KindOf(err)
}

// If a message arrives while the others are deleted, the conversation stays on the
// list.
func TestNewMessageKeepsTheConversationListed(t *testing.T) {
	w := newWorld(t, 3)
	l := &lists{}
	l.after = func() { l.after = nil; w.send("bob", "alice", "chat", 60) }
	r, j, err := w.drop(l, true, nil)
	w.must(err)
	w.want("state", run.Done, r.State)
	w.want("the last call", Kept, r.Batches[len(r.Batches)-1].Status)
	w.want("dropped", false, l.gone)
	w.want("left", 1, len(w.left(chat)))
	w.want("conversations", "bob", w.conversations()[0])
	w.want("looked", 0, len(r.Verification.Conversations))
	w.want("journalled", run.Done, j.replay(t, w.settings(Target{Ref: chat, All: true, Drop: true}).Job).State)
}

// A message that arrives just before the last call is reported, whether the list has it
// or not.
func TestNewMessageBeforeTheLastCallIsReported(t *testing.T) {
	for name, c := range map[string]struct {
		late, direct, keep bool // it comes before the service drops, or after; without a backup; messages kept
		want               string
	}{
		"before":                   {false, false, false, "bob chat deleted true"},
		"after":                    {true, false, false, "bob chat deleted true"},
		"after, without a backup":  {true, true, false, "bob chat deleted true"},
		"before, without a backup": {false, true, false, "bob chat deleted false"}, // it goes too, as was confirmed
		"after, messages kept":     {true, false, true, "bob chat deleted true"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			l := &lists{}
			l.drop = func(ctx context.Context, ref roaming.Ref, with bool) error {
				if !c.late {
					w.send("bob", "alice", "chat", 25*60) // the service's time is a day after begin
				}
				err := w.svc.DeleteConversation(ctx, ref, with)
				if c.late {
					w.send("bob", "alice", "chat", 25*60)
				}
				return err
			}
			r, _, err := w.drop(l, !c.keep, func(s *Settings) { s.NoBackup = c.direct })
			w.must(err)
			w.want("states", []string{c.want}, w.states(r))
		})
	}
}

// A conversation that can't be read is not removed from the list.
func TestUnreadableConversationStaysListed(t *testing.T) {
	w := newWorld(t, 3, "route=history,status=503,nth=2")
	l := &lists{}
	r, _, err := w.drop(l, true, nil)
	w.want("kind", fault.Partial, fault.KindOf(err))
	w.want("state", run.PartlyDone, r.State)
	w.want("dropped", false, l.gone)
}

func TestEverythingLeavesTheList(t *testing.T) {
	everything := func(s *Settings) {
		s.NoBackup, s.Job.All, s.Job.Targets = true, true, nil
	}
	w := newWorld(t, 3)
	r, _, err := w.drop(&lists{}, true, everything)
	w.must(err)
	w.want("states", []string(nil), w.states(r))
	w = newWorld(t, 3)
	l := &lists{Service: w.svc}
	e := w.engine()
	e.Service = idle{l}
	s := w.settings()
	everything(&s)
	s.VerifyList = true
	r, err = e.Run(t.Context(), s, &journal{}, Replay{})
	w.want("kind", fault.Partial, fault.KindOf(err))
	w.want("conversations", 3, len(r.Verification.Listed(StillListed)))
}

// idle is a service that answers ok and deletes nothing.
type idle struct{ roaming.Service }

func (idle) DeleteEverything(context.Context, string) error { return nil }

// Without verification, the list is not read.
func TestListIsNotReadWithoutVerification(t *testing.T) {
	for name, change := range map[string]func(*Settings){
		"over many users": func(s *Settings) { s.VerifyList = false },
		"--no-verify":     func(s *Settings) { s.Verify = VerifyNone },
	} {
		w := newWorld(t, 3)
		l := &lists{}
		_, _, err := w.drop(l, true, change)
		w.must(err)
		w.want(name+": looks", 0, l.looks)
	}
}
