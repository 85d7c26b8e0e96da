package deletion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/sandbox"
)

var (
	chat  = roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}
	group = roaming.Ref{User: "alice", Conversation: "42", Type: roaming.Group}
	begin = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

// world is a sandbox, reached by the real client.
type world struct {
	*testing.T

	box *sandbox.Sandbox
	svc roaming.Service
	ids []roaming.MessageID // of alice's and bob's chat, oldest first
}

// newWorld has n messages between alice and bob, a minute apart, one in
// alice's group with bob, and one between alice and carol.
func newWorld(t *testing.T, n int, faults ...string) *world {
	t.Helper()
	w := &world{T: t}
	options := sandbox.Options{Now: func() time.Time { return begin.Add(time.Hour * 24) }}
	for _, spec := range faults {
		f, err := sandbox.ParseFault(spec)
		w.must(err)
		options.Faults = append(options.Faults, f)
	}
	var err error
	w.box, err = sandbox.Open(t.Context(), options)
	w.must(err)
	t.Cleanup(func() { _ = w.box.Close() })
	for i := range n {
		w.ids = append(w.ids, w.send("alice", "bob", "chat", i))
	}
	w.must(w.box.Join(t.Context(), "42", "alice", "bob"))
	w.send("bob", "42", "groupchat", n)
	w.send("carol", "alice", "chat", n)
	to := w.box.Credentials()
	client, err := easemob.New(easemob.Options{
		Host: "http://sandbox", AppKey: to.AppKey, ClientID: to.ClientID, ClientSecret: to.ClientSecret,
		Transport: w.box.Transport(), Retry: easemob.Retry{Attempts: 1},
	})
	w.must(err)
	w.svc = userViews{client, t}
	return w
}

// userViews is a service for which every history must be the user's own view: what is
// read decides what a deletion takes, or whether it took it.
type userViews struct {
	roaming.Service
	t *testing.T
}

func (u userViews) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	if !q.UserView {
		u.t.Errorf("%s is not read as the user's own view", ref)
	}
	return u.Service.History(ctx, ref, q)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) send(from, to, kind string, minute int) roaming.MessageID {
	w.Helper()
	id, err := w.box.Send(w.Context(), sandbox.Message{
		Type: kind, From: from, To: to, Time: begin.Add(time.Duration(minute) * time.Minute),
		Body: map[string]any{"type": "txt", "msg": fmt.Sprintf("message %d", minute)},
	})
	w.must(err)
	return roaming.MessageID(id)
}

// left returns the IDs that ref's user can see, oldest first.
func (w *world) left(ref roaming.Ref) []roaming.MessageID {
	w.Helper()
	ids := []roaming.MessageID{}
	for m, err := range roaming.Items(w.svc.History(context.Background(), ref, roaming.HistoryQuery{Direction: roaming.Down, UserView: true})) {
		w.must(err)
		ids = append(ids, m.ID)
	}
	return ids
}

func (w *world) conversations() []string {
	w.Helper()
	ids := []string{}
	for c, err := range roaming.Items(w.svc.Conversations(context.Background(), "alice", roaming.ConversationQuery{})) {
		w.must(err)
		ids = append(ids, c.ID)
	}
	return ids
}

func (w *world) settings(targets ...Target) Settings {
	return Settings{
		Job:       Job{Command: "messages delete", User: "alice", Targets: targets, Notify: true, BatchSize: 3},
		BackupDir: w.TempDir(), Verify: VerifyUser,
	}
}

func (w *world) engine() *Engine {
	return &Engine{
		Service: w.svc,
		Sleep:   func(context.Context, time.Duration) error { return nil },
		Backup:  backup.Options{Tool: "test", AppKey: "org#app", Host: "sandbox", Now: func() time.Time { return begin }},
	}
}

// journal is a run's events in memory. It dies, as the process would, when it
// has taken so many.
type journal struct {
	mu     sync.Mutex
	events []run.Event
	dieAt  int // 0: never
}

var errKilled = errors.New("killed")

func (j *journal) ID() string { return "run-1" }

func (j *journal) Append(kind string, data any) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.dieAt > 0 && len(j.events)+1 >= j.dieAt {
		return errKilled
	}
	raw, err := json.Marshal(data)
	j.events = append(j.events, run.Event{Kind: kind, Data: raw})
	return err
}

func (j *journal) AppendAll(entries ...run.Entry) error {
	for _, e := range entries {
		if err := j.Append(e.Kind, e.Data); err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) replay(t *testing.T, job Job) Replay {
	t.Helper()
	r, err := Resume(job, iter.Seq2[run.Event, error](func(yield func(run.Event, error) bool) {
		for _, e := range j.events {
			if !yield(e, nil) {
				return
			}
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
