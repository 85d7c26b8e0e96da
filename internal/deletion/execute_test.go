package deletion

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// slowService takes a second for each call, and records how many were in flight at
// once.
type slowService struct {
	roaming.Service

	mu       sync.Mutex
	now      int
	most     int
	finished []string
	err      func(what string) error
}

func (s *slowService) call(ctx context.Context, what string) error {
	if err := ctx.Err(); err != nil {
		return roaming.NotSent{Err: err}
	}
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	err := clock.System().Sleep(context.WithoutCancel(ctx), time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now--
	s.finished = append(s.finished, what)
	if err == nil && s.err != nil {
		err = s.err(what)
	}
	return err
}

func (s *slowService) DeleteMessages(ctx context.Context, ref roaming.Ref, ids []roaming.MessageID, _ bool) error {
	return s.call(ctx, ref.Conversation+" "+ids[0].String())
}

func (s *slowService) DeleteMessagesBefore(ctx context.Context, ref roaming.Ref, _ time.Time, _ bool) error {
	return s.call(ctx, ref.Conversation+" through")
}

func (s *slowService) DeleteConversation(ctx context.Context, ref roaming.Ref, _ bool) error {
	return s.call(ctx, ref.Conversation+" off the list")
}

func idCalls(n int) []Call {
	var calls []Call
	for i := range n {
		calls = append(calls, Call{Op: OpIDs, Ref: chat, IDs: []roaming.MessageID{roaming.MessageID(i + 1)}})
	}
	return number(calls)
}

// Run sends up to Width calls in parallel and reports outcomes in order.
func TestCallsInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowService{}
		var reported []int
		began := time.Now()
		err := Executor{Service: s, Journal: &journal{}, Width: 10}.Run(t.Context(), idCalls(95), func(n int) bool { return map[int]bool{7: true}[n] }, func(o Outcome) {
			reported = append(reported, o.Number)
			if o.Status != Accepted || o.Err != nil {
				t.Errorf("call %d: %s, %v", o.Number, o.Status, o.Err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(reported) || len(reported) != 95 || len(s.finished) != 94 {
			t.Errorf("reported %v, %d were sent", reported, len(s.finished))
		}
		if took := time.Since(began); s.most != 10 || took != 10*time.Second {
			t.Errorf("%d at a time, in %s", s.most, took)
		}
	})
}

// A conversation is removed from the list after its messages are deleted. Calls for
// other conversations don't wait for that.
func TestDependentCallsAreInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowService{}
		calls := number([]Call{
			{Op: OpThrough, Ref: chat, Through: roaming.Millis(1)},
			{Op: OpConversation, Ref: chat},
			{Op: OpThrough, Ref: group, Through: roaming.Millis(1)},
			{Op: OpConversation, Ref: group},
		})
		began := time.Now()
		if err := (Executor{Service: s, Journal: &journal{}, Width: 10}).Run(t.Context(), calls, nil, func(Outcome) {}); err != nil {
			t.Fatal(err)
		}
		for _, ref := range []roaming.Ref{chat, group} {
			if slices.Index(s.finished, ref.Conversation+" through") > slices.Index(s.finished, ref.Conversation+" off the list") {
				t.Errorf("%v", s.finished)
			}
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// A conversation with undeleted messages stays on the list: otherwise a retry would
// not find them.
func TestConversationWithMessagesStaysListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowService{err: func(what string) error {
			if what == chat.Conversation+" through" {
				return fault.New(fault.Network, "no")
			}
			return nil
		}}
		calls := number([]Call{
			{Op: OpThrough, Ref: chat, Through: roaming.Millis(1)},
			{Op: OpConversation, Ref: chat},
			{Op: OpThrough, Ref: group, Through: roaming.Millis(1)},
			{Op: OpConversation, Ref: group},
		})
		var ended []Status
		err := Executor{Service: s, Journal: &journal{}, Width: 10}.Run(t.Context(), calls, nil, func(o Outcome) { ended = append(ended, o.Status) })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Status{Failed, Accepted, NotSent, Accepted}, ended); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNothingIsSentAfterTheCredentialsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowService{err: func(what string) error {
			if what == chat.Conversation+" 5" {
				return fault.New(fault.Auth, "no")
			}
			return nil
		}}
		count := map[Status]int{}
		err := Executor{Service: s, Journal: &journal{}, Width: 4}.Run(t.Context(), idCalls(40), nil, func(o Outcome) { count[o.Status]++ })
		if err != nil {
			t.Fatal(err)
		}
		// The three calls in flight with it may each be followed by one more before its
		// outcome is reported.
		if count[Failed] != 1 || count[Accepted] > 10 || count[NotSent] != 40-1-count[Accepted] {
			t.Error(count)
		}
	})
}

// After an interrupt, calls in flight are finished and no more are sent.
func TestInterruptFinishesCallsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowService{}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		count := map[Status]int{}
		if err := (Executor{Service: s, Journal: &journal{}, Width: 3}).Run(ctx, idCalls(12), nil, func(o Outcome) { count[o.Status]++ }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[Status]int{Accepted: 6, NotSent: 6}, count); diff != "" {
			t.Error(diff)
		}
	})
}

// After an interrupt, a call that waits for the rate limit is not sent. The journal
// records that, because it has an event from before the call.
func TestInterruptSendsNoWaitingCall(t *testing.T) {
	j := &journal{}
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	var got []Outcome
	if err := j.Append(eventCalls, callsEvent{Calls: idCalls(3)}); err != nil {
		t.Fatal(err)
	}
	job := Job{User: "alice", Targets: []Target{{Ref: chat, All: true}}, BatchSize: 3}
	err := Executor{Service: cancelling{stop: func() { cancel(enough) }}, Journal: j}.Run(ctx, idCalls(3), nil, func(o Outcome) { got = append(got, o) })
	if err != nil || len(got) != 3 {
		t.Fatal(err, got)
	}
	for _, o := range got {
		if o.Status != NotSent || !errors.Is(o.Err, enough) {
			t.Errorf("call %d: %s, %v", o.Number, o.Status, o.Err)
		}
	}
	if r := j.replay(t, job); len(r.Progress) != 1 || r.Accepted(1) {
		t.Errorf("%v", r.Progress)
	}
}

// cancelling is a service whose calls are cancelled before they are sent.
type cancelling struct {
	roaming.Service

	stop func()
}

func (s cancelling) DeleteMessages(ctx context.Context, _ roaming.Ref, _ []roaming.MessageID, _ bool) error {
	s.stop()
	return roaming.NotSent{Err: ctx.Err()}
}

// Outcomes are reported even if the journal fails.
func TestOutcomesAreReportedIfTheJournalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reported []int
		err := Executor{Service: &slowService{}, Journal: &failingFor{number: 1}, Width: 3}.Run(t.Context(), idCalls(3), nil, func(o Outcome) {
			reported = append(reported, o.Number)
		})
		if !errors.Is(err, errFull) || !slices.Equal(reported, []int{2, 3}) {
			t.Errorf("%v, reported %v", err, reported)
		}
	})
}

// failingFor is a journal that can't record the result of one call.
type failingFor struct{ number int }

func (f *failingFor) Append(_ string, data any) error {
	if a, ok := data.(answeredEvent); ok && a.Number == f.number {
		return errFull
	}
	return nil
}

// failing is a journal whose disk is full after some events.
type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Append(string, any) error {
	f.left--
	if f.left < 0 {
		return errFull
	}
	return nil
}

func TestUnjournalledCallsAreNotSent(t *testing.T) {
	s := &slowService{}
	synctest.Test(t, func(t *testing.T) {
		err := Executor{Service: s, Journal: &failing{left: 6}}.Run(t.Context(), idCalls(12), nil, func(Outcome) {})
		if !errors.Is(err, errFull) || len(s.finished) != 3 {
			t.Errorf("%v after %d calls", err, len(s.finished))
		}
	})
}

func TestOutcomesAreReportedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowService{}
		err := Executor{Service: s, Journal: &journal{}}.Run(t.Context(), idCalls(3), nil, func(o Outcome) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.finished) != o.Number {
				t.Errorf("call %d is reported after %d calls", o.Number, len(s.finished))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
