package deletion

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/sandbox"
	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// recall are the settings of a recall in alice's view. The world's messages are past
// the sandbox's recall window.
func (w *world) recall(force bool, targets ...Target) Settings {
	s := w.settings(targets...)
	s.Job.Command, s.Job.Recall, s.Verify = "messages recall", &Recall{Force: force}, VerifyPeer
	return s
}

func TestRecallTakesFromBothSides(t *testing.T) {
	w := newWorld(t, 6)
	w.ids = append(w.ids, w.send("bob", "alice", "chat", 7)) // the other side's own
	gone := slices.Clone(w.ids[2:])
	r, err := w.engine().Run(t.Context(), w.recall(true, Target{Ref: chat, IDs: gone}), &journal{}, Replay{})
	w.must(err)
	w.want("alice's", w.ids[:2], w.left(chat))
	w.want("bob's", w.ids[:2], w.left(bobs))
	w.want("alice's backup", gone, w.backedUp(r.Backup.Path))
	w.want("peer backups", 1, len(r.PeerBackups))
	w.want("of", "bob", r.PeerBackups[0].User)
	w.want("bob's backup", gone, w.backedUp(r.PeerBackups[0].Path))
	w.want("accepted", []int{5, 2}, []int{r.Accepted, r.AcceptedCalls})
	w.want("state", run.Done, r.State)
	w.want("peer", PeerGone, r.Verification.Peer)
	w.want("verified", 5, r.Verification.Deleted)
}

func TestRecallByTimeAndSender(t *testing.T) {
	w := newWorld(t, 6)
	bobsOwn := w.send("bob", "alice", "chat", 3)
	at := func(minute int) roaming.Time {
		return roaming.Time{Time: begin.Add(time.Duration(minute) * time.Minute)}
	}
	_, err := w.engine().Run(t.Context(), w.recall(true, Target{Ref: chat, Since: at(2), Through: at(4), Senders: []string{"alice"}}), &journal{}, Replay{})
	w.must(err)
	w.want("after the first", []roaming.MessageID{w.ids[0], w.ids[1], bobsOwn, w.ids[5]}, w.left(bobs))
	_, err = w.engine().Run(t.Context(), w.recall(true, Target{Ref: chat, All: true, Senders: []string{"bob"}}), &journal{}, Replay{})
	w.must(err)
	w.want("after the second", []roaming.MessageID{w.ids[0], w.ids[1], w.ids[5]}, w.left(bobs))
}

func TestRecallInAGroup(t *testing.T) {
	w := newWorld(t, 0)
	bobs := roaming.Ref{User: "bob", Conversation: "42", Type: roaming.Group}
	want := w.left(group)
	r, err := w.engine().Run(t.Context(), w.recall(true, Target{Ref: group, All: true}), &journal{}, Replay{})
	w.must(err)
	w.want("left", 0, len(w.left(group))+len(w.left(bobs)))
	w.want("peer", PeerGone, r.Verification.Peer)
	w.want("bob's backup", want, w.backedUp(r.PeerBackups[0].Path))
}

// Of a room and of a chat with oneself there is no other view.
func TestRecallWithoutAnotherSide(t *testing.T) {
	w := newWorld(t, 0)
	w.send("carol", "77", "chatroom", 1)
	room := roaming.Ref{User: "alice", Conversation: "77", Type: roaming.Room}
	r, err := w.engine().Run(t.Context(), w.recall(true, Target{Ref: room, All: true}), &journal{}, Replay{})
	w.must(err)
	w.want("left", 0, len(w.left(room)))
	w.want("peer", PeerNobody, r.Verification.Peer)
	w.want("accepted", 1, r.Accepted)
}

// Without force the service refuses what is past the window, and recalls the others.
func TestRecallPastTheWindow(t *testing.T) {
	w := newWorld(t, 2)
	r, err := w.engine().Run(t.Context(), w.recall(false, Target{Ref: chat, IDs: w.ids}), &journal{}, Replay{})
	w.want("kind", fault.Refused, fault.KindOf(err))
	w.want("state", run.Failed, r.State)
	w.want("hint", "the message is past the app's recall window: --force recalls it all the same", fault.HintOf(err))
	recent := w.send("alice", "bob", "chat", 24*60)
	all := append(slices.Clone(w.ids), recent)
	r, err = w.engine().Run(t.Context(), w.recall(false, Target{Ref: chat, IDs: all}), &journal{}, Replay{})
	w.want("kind", fault.Partial, fault.KindOf(err))
	w.want("state", run.PartlyDone, r.State)
	w.want("remaining", w.ids, r.Remaining)
	w.want("accepted", 1, r.Accepted)
	w.want("bob's", w.ids, w.left(bobs))
}

// A recalled message is not recalled twice, and not called done either.
func TestRecallOfWhatIsGone(t *testing.T) {
	w := newWorld(t, 4)
	e := w.engine()
	e.OnProgress = func(p Progress) {
		if p.Backup != nil {
			_, err := w.svc.Recall(t.Context(), chat, []roaming.Sent{{ID: w.ids[1], From: "alice"}}, true)
			w.must(err)
		}
	}
	r, err := e.Run(t.Context(), w.recall(true, Target{Ref: chat, IDs: w.ids}), &journal{}, Replay{})
	w.must(err)
	w.want("already gone", w.ids[1:2], r.AlreadyGone)
	w.want("accepted", 3, r.Accepted)
	r, err = w.engine().Run(t.Context(), w.recall(true, Target{Ref: chat, IDs: w.ids}), &journal{}, Replay{})
	w.want("kind", fault.Safety, fault.KindOf(err))
	w.want("not visible", w.ids, r.NotVisible)
}

// What the service did not find is no success unless it was looked for.
func TestRecallOfWhatIsGoneUnverified(t *testing.T) {
	w := newWorld(t, 2)
	e := w.engine()
	e.OnProgress = func(p Progress) {
		if p.Backup != nil && p.Backup.User == "" {
			_, err := w.svc.Recall(t.Context(), chat, []roaming.Sent{{ID: w.ids[1], From: "alice"}}, true)
			w.must(err)
		}
	}
	s := w.recall(true, Target{Ref: chat, IDs: w.ids})
	s.Verify = VerifyNone
	r, err := e.Run(t.Context(), s, &journal{}, Replay{})
	w.want("kind", fault.Partial, fault.KindOf(err))
	w.want("state", run.PartlyDone, r.State)
	w.want("already gone", w.ids[1:], r.AlreadyGone)
}

// A history may hold what tells of another message, such as a recall: no query
// recalls it.
func TestEventsAreNotRecalled(t *testing.T) {
	w := newWorld(t, 2)
	event, err := w.box.Send(t.Context(), sandbox.Message{
		Type: "chat", From: "bob", To: "alice", Time: begin.Add(time.Hour), Payload: wire.Recall("org#app", store.Message{ID: 5, Type: store.Chat, From: "bob", To: "alice"}),
	})
	w.must(err)
	r, err := w.engine().Run(t.Context(), w.recall(true, Target{Ref: chat, All: true}), &journal{}, Replay{})
	w.must(err)
	w.want("left", []roaming.MessageID{roaming.MessageID(event)}, w.left(chat))
	w.want("accepted", 2, r.Accepted)
}

// untrue confirms recalls and does less.
type untrue struct {
	roaming.Service

	do func(ctx context.Context, ids []roaming.MessageID) error
}

func (l untrue) Recall(ctx context.Context, _ roaming.Ref, messages []roaming.Sent, _ bool) (map[roaming.MessageID]error, error) {
	var ids []roaming.MessageID
	for _, m := range messages {
		ids = append(ids, m.ID)
	}
	return nil, l.do(ctx, ids)
}

func TestRecallIsVerifiedOnBothSides(t *testing.T) {
	for name, tt := range map[string]struct {
		of   roaming.Ref // who loses the messages
		peer PeerState
	}{
		"nobody":    {roaming.Ref{}, PeerSees},
		"the user":  {chat, PeerSees},
		"the other": {bobs, PeerGone},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			e := w.engine()
			e.Service = untrue{w.svc, func(ctx context.Context, ids []roaming.MessageID) error {
				if tt.of.User == "" {
					return nil
				}
				return w.svc.DeleteMessages(ctx, tt.of, ids, true)
			}}
			r, err := e.Run(t.Context(), w.recall(true, Target{Ref: chat, IDs: w.ids}), &journal{}, Replay{})
			w.want("kind", fault.Partial, fault.KindOf(err))
			w.want("still visible", len(w.ids), len(r.Verification.StillVisible))
			w.want("peer", tt.peer, r.Verification.Peer)
		})
	}
}

// A process that is killed at any event leaves a journal, and the next one finishes:
// the messages are gone, and their number is right.
func TestKilledRecallIsResumed(t *testing.T) {
	for dieAt := 1; ; dieAt++ {
		w := newWorld(t, 7)
		s := w.recall(true, Target{Ref: chat, IDs: w.ids})
		j := &journal{dieAt: dieAt}
		_, err := w.engine().Run(t.Context(), s, j, Replay{})
		if err == nil {
			if dieAt < 8 {
				t.Fatalf("died only %d times", dieAt)
			}
			return
		}
		j.dieAt = 0
		before := j.replay(t, s.Job)
		if before.Calls == nil {
			before = Replay{}
		}
		r, err := w.engine().Run(t.Context(), s, j, before)
		w.must(err)
		w.want("alice's", 0, len(w.left(chat)))
		w.want("bob's", 0, len(w.left(bobs)))
		w.want("in all", 7, r.Accepted+r.AcceptedBefore)
		w.want("already gone", 0, len(r.AlreadyGone))
		w.want("state", run.Done, r.State)
	}
}

// A resumed recall sends what a failed call has left, and counts what it did.
func TestFailedRecallIsResumed(t *testing.T) {
	w := newWorld(t, 2)
	s := w.recall(false, Target{Ref: chat, All: true})
	recent := w.send("alice", "bob", "chat", 24*60)
	j := &journal{}
	_, err := w.engine().Run(t.Context(), s, j, Replay{})
	w.want("kind", fault.Partial, fault.KindOf(err))
	w.want("left", w.ids, w.left(chat))
	before := j.replay(t, s.Job)
	r, err := w.engine().Run(t.Context(), s, j, before)
	w.want("still refused", fault.Partial, fault.KindOf(err))
	w.want("remaining", 2, len(r.Remaining))
	w.want("accepted", 1, r.Accepted)
	w.want("recent", false, slices.Contains(w.left(bobs), recent))
}

// A journal can't turn a deletion into a recall, or the other way round.
func TestJournalsKeepRecallsApart(t *testing.T) {
	recall := Call{Number: 1, Op: OpRecall, Ref: chat, IDs: []roaming.MessageID{1}, From: []string{"bob"}}
	deletion := Call{Number: 1, Op: OpIDs, Ref: chat, IDs: []roaming.MessageID{1}}
	job := Job{User: "alice", BatchSize: 30, Targets: []Target{{Ref: chat, All: true}}}
	recalls := job
	recalls.Recall = &Recall{}
	for name, tt := range map[string]struct {
		job  Job
		call Call
		ok   bool
	}{
		"a deletion":              {job, deletion, true},
		"a recall":                {recalls, recall, true},
		"a recall in a deletion":  {job, recall, false},
		"a deletion in a recall":  {recalls, deletion, false},
		"a recall without sender": {recalls, Call{Number: 1, Op: OpRecall, Ref: chat, IDs: []roaming.MessageID{1}}, false},
	} {
		r := Replay{Calls: []Call{tt.call}}
		if err := r.checkJob(tt.job); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	recalls.BatchSize = 31
	if recalls.Check() == nil {
		t.Error("a batch of 31")
	}
	recalls.BatchSize = 30
	recalls.Targets = []Target{{Ref: chat, Drop: true}}
	if recalls.Check() == nil {
		t.Error("a recall that deletes a conversation")
	}
}
