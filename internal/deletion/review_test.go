package deletion

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// unanswered is a service whose answers to deletions other than by ID are lost. It carries
// the deletions out unless undone is set.
type unanswered struct {
	roaming.Service

	undone bool
	err    error
}

func lost() error { return fault.New(fault.Network, "the connection failed") }

func (u unanswered) answer(do func() error) error {
	if u.undone {
		return u.err
	}
	if err := do(); err != nil {
		return err
	}
	return u.err
}

func (u unanswered) DeleteMessagesBefore(ctx context.Context, ref roaming.Ref, t time.Time, notify bool) error {
	return u.answer(func() error { return u.Service.DeleteMessagesBefore(ctx, ref, t, notify) })
}

func (u unanswered) DeleteConversation(ctx context.Context, ref roaming.Ref, withMessages bool) error {
	return u.answer(func() error { return u.Service.DeleteConversation(ctx, ref, withMessages) })
}

func (u unanswered) DeleteEverything(ctx context.Context, user string) error {
	return u.answer(func() error { return u.Service.DeleteEverything(ctx, user) })
}

// unbacked returns jobs that without a backup are one call that is not by ID.
func unbacked() map[string]Job {
	return map[string]Job{
		"everything":     {Command: "messages clear", User: "alice", All: true, BatchSize: 50},
		"a conversation": {Command: "conversations delete", User: "alice", Targets: []Target{{Ref: chat, All: true, Drop: true}}, BatchSize: 50},
		"by time":        {Command: "messages delete", User: "alice", Targets: []Target{{Ref: chat, Through: through(24 * 60)}}, BatchSize: 50},
	}
}

// A call whose answer was lost may have been carried out. Sent again, it would also
// delete messages that arrived or were restored since.
func TestCallsInDoubtAreNotRepeated(t *testing.T) {
	for name, job := range unbacked() {
		for when, minute := range map[string]int{"a newcomer": 24*60 + 1, "an import": 1} {
			for answered, err := range map[string]error{"no answer": nil, "a failure": lost()} {
				t.Run(name+", "+when+", "+answered, func(t *testing.T) {
					w := newWorld(t, 3)
					s := w.settings()
					s.Job, s.NoBackup = job, true
					j := &journal{}
					if err == nil {
						j.dieAt = 3 // before the answer is noted
					}
					e := w.engine()
					e.Service = unanswered{Service: w.svc, err: err}
					_, failed := e.Run(t.Context(), s, j, Replay{})
					w.want("failed", true, failed != nil)
					w.want("left", []roaming.MessageID{}, w.left(chat))

					j.dieAt = 0
					came := w.send("bob", "alice", "chat", minute)
					want := []roaming.MessageID{came}
					if name == "by time" && minute > 60 {
						want = nil // it is past the boundary, so nothing is in doubt
					}
					for range 2 {
						r, err := w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
						w.want("left", []roaming.MessageID{came}, w.left(chat))
						if want == nil {
							w.must(err)
							w.want("state", run.Done, r.State)
							continue
						}
						w.want("kind", fault.Safety, fault.KindOf(err))
						w.want("state", run.PartlyDone, r.State)
						w.want("sent", []Status{NotSent}, []Status{r.Batches[0].Status})
						f, ok := errors.AsType[*fault.Error](err)
						w.want("says what to do", true, ok && strings.Contains(f.Hint, job.Command+" again"))
						w.want("says what is there", true, strings.Contains(f.Message, "now it has 1 messages") ||
							strings.Contains(f.Message, "now 1 conversations are on the list (bob)"))
						w.want("says that it was sent", true, strings.Contains(f.Message, "was sent and may have succeeded"))
					}
				})
			}
		}
	}
}

// A resumed run sends a call by time that was certainly not carried out, with the time
// in the journal. It does not send a call that deletes everything, because messages may
// have arrived since the confirmation.
func TestResumeOfACallThatWasNotDone(t *testing.T) {
	refused := fault.New(fault.RateLimited, "too fast")
	refused.NotDone = true
	for name, job := range unbacked() {
		for how, tt := range map[string]struct {
			dieAt int
			err   error
		}{"killed before it was decided on": {1, nil}, "killed before it was sent": {2, nil}, "refused": {0, refused}} {
			t.Run(name+", "+how, func(t *testing.T) {
				w := newWorld(t, 3)
				s := w.settings()
				s.Job, s.NoBackup = job, true
				j := &journal{dieAt: tt.dieAt}
				e := w.engine()
				e.Service = unanswered{Service: w.svc, undone: true, err: tt.err}
				_, err := e.Run(t.Context(), s, j, Replay{})
				w.want("failed", true, err != nil)
				w.want("left", w.ids, w.left(chat))

				j.dieAt = 0
				newcomer := w.send("bob", "alice", "chat", 24*60+1)
				r, err := w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
				if name == "by time" {
					w.must(err)
					w.want("left", []roaming.MessageID{newcomer}, w.left(chat))
					return
				}
				w.want("state", run.Refused, r.State)
				w.want("kind", fault.Safety, fault.KindOf(err))
				w.want("left", append(w.ids, newcomer), w.left(chat))
				w.want("says that it was not sent", true, strings.Contains(err.Error(), "was not sent"))
			})
		}
	}
}

// If no message is left, a resumed run sends no deletion of messages. It removes the
// conversation from the list without deleting messages that arrive at that moment.
func TestResumeWithNoMessageLeft(t *testing.T) {
	for _, name := range []string{"a conversation", "by time"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			s := w.settings()
			s.Job, s.NoBackup = unbacked()[name], true
			j := &journal{dieAt: 3}
			_, err := w.engine().Run(t.Context(), s, j, Replay{})
			w.want("killed", true, errors.Is(err, errKilled))
			j.dieAt = 0
			var with []bool
			e := w.engine()
			e.Service = dropping{w.svc, func(withMessages bool) { with = append(with, withMessages) }}
			r, err := e.Run(t.Context(), s, j, j.replay(t, s.Job))
			w.must(err)
			w.want("state", run.Done, r.State)
			w.want("accepted", 1, r.AcceptedCalls)
			if name == "a conversation" {
				w.want("with messages", []bool{false}, with)
			}
			w.want("answered", map[int]CallState{1: {Status: Accepted}}, j.replay(t, s.Job).Progress)
		})
	}
}

// dropping is a service that records how conversations are deleted.
type dropping struct {
	roaming.Service

	told func(withMessages bool)
}

func (d dropping) DeleteConversation(ctx context.Context, ref roaming.Ref, withMessages bool) error {
	d.told(withMessages)
	return d.Service.DeleteConversation(ctx, ref, withMessages)
}

// One call in doubt makes the run's error; the other calls are still sent.
func TestOneCallInDoubtAmongOthers(t *testing.T) {
	w := newWorld(t, 3)
	s := w.settings(Target{Ref: group, Through: through(60)}, Target{Ref: chat, Through: through(60), Drop: true})
	s.NoBackup = true
	j := &journal{}
	e := w.engine()
	e.Service = unanswered{Service: w.svc, err: lost()}
	_, err := e.Run(t.Context(), s, j, Replay{})
	w.want("kind", fault.Network, fault.KindOf(err))
	came := w.send("bob", "alice", "chat", 1)
	r, err := w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
	w.want("kind", fault.Safety, fault.KindOf(err))
	w.want("state", run.PartlyDone, r.State)
	w.want("accepted", 1, r.AcceptedCalls)
	w.want("left", []roaming.MessageID{came}, w.left(chat))
	w.want("on the list", true, len(w.conversations()) > 0)
}

// A call that can't be reviewed is not sent.
func TestFailedReviewSendsNothing(t *testing.T) {
	for name, route := range map[string]string{"everything": "conversations.cursor", "a conversation": "history", "by time": "history"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3, "route="+route+",status=503")
			s := w.settings()
			s.Job, s.NoBackup = unbacked()[name], true
			j := &journal{}
			e := w.engine()
			e.Service = unanswered{Service: w.svc, undone: true, err: lost()}
			_, err := e.Run(t.Context(), s, j, Replay{})
			w.want("kind", fault.Network, fault.KindOf(err))
			r, err := w.engine().Run(t.Context(), s, j, j.replay(t, s.Job))
			w.want("kind", fault.Network, fault.KindOf(err))
			w.want("sent", NotSent, r.Batches[0].Status)
		})
	}
}

func TestReviewCountsMessages(t *testing.T) {
	for n, want := range map[int]string{0: "", 1: "it has 1 messages", 49: "it has 49 messages", 50: "it has 50 messages or more", 51: "it has 50 messages or more"} {
		w := newWorld(t, n)
		there, err := reviewer{service: w.svc}.messages(t.Context(), Call{Op: OpThrough, Ref: chat, Through: through(n)})
		w.must(err)
		w.want("there", want, there)
	}
	w := newWorld(t, 1)
	for i := range 4 {
		w.send("alice", string(rune('p'+i)), "chat", 10+i)
	}
	there, err := reviewer{service: w.svc}.conversations(t.Context(), "alice")
	w.must(err)
	w.want("there", "7 conversations are on the list (s, r, q, p, carol, ...)", there)
	there, err = reviewer{service: w.svc}.conversations(t.Context(), "nobody-yet")
	if err == nil {
		w.want("there", "nothing is on the list; chat rooms are on no list", there)
	}
}
