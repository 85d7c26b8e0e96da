package restore

import (
	"context"
	"encoding/json"
	"iter"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// epoch is the time of the first message of every test.
const epoch = 1_700_000_000_000

// world is a sandbox, the real client on it, and a restorer.
type world struct {
	t      *testing.T
	box    *sandbox.Sandbox
	client *easemob.Client
	dir    string
	*Restorer
}

func newWorld(t *testing.T, faults ...string) *world {
	t.Helper()
	return openWorld(t, filepath.Join(t.TempDir(), "sandbox"), filepath.Join(t.TempDir(), "restores"), faults...)
}

func openWorld(t *testing.T, data, restores string, faults ...string) *world {
	t.Helper()
	o := sandbox.Options{Dir: data}
	for _, spec := range faults {
		f, err := sandbox.ParseFault(spec)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = append(o.Faults, f)
	}
	box, err := sandbox.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, box: box, dir: restores}
	w.client = newClient(t, box)
	w.Restorer = &Restorer{
		Service: userViews{w.client, t}, AppKey: box.Credentials().AppKey, Dir: restores,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	return w
}

// userViews is a service for which every history must be the user's own view: what is
// missing there is restored.
type userViews struct {
	*easemob.Client
	t *testing.T
}

func (u userViews) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	if !q.UserView {
		u.t.Errorf("%s is not read as the user's own view", ref)
	}
	return u.Client.History(ctx, ref, q)
}

func newClient(t *testing.T, box *sandbox.Sandbox) *easemob.Client {
	t.Helper()
	to := box.Credentials()
	client, err := easemob.New(easemob.Options{
		Host: "http://sandbox.localhost", AppKey: to.AppKey, ClientID: to.ClientID, ClientSecret: to.ClientSecret,
		Transport: box.Transport(), Retry: easemob.Retry{MinWait: time.Nanosecond, MaxWait: time.Nanosecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// send stores a message as a client's; at is in ms after epoch.
func (w *world) send(m sandbox.Message, at int64) roaming.MessageID {
	w.t.Helper()
	m.Time = time.UnixMilli(epoch + at)
	id, err := w.box.Send(w.t.Context(), m)
	w.must(err)
	return roaming.MessageID(id)
}

// text is a text between two users, or with a kind to a group or room.
func text(from, to, words string) sandbox.Message {
	return sandbox.Message{Type: "chat", From: from, To: to, Body: map[string]any{"type": "txt", "msg": words}}
}

func to(kind string, m sandbox.Message) sandbox.Message {
	m.Type = kind
	return m
}

func ref(user, conversation string) roaming.Ref {
	return roaming.Ref{User: user, Conversation: conversation, Type: roaming.Chat}
}

func group(user, id string) roaming.Ref {
	return roaming.Ref{User: user, Conversation: id, Type: roaming.Group}
}

// history is a view, the oldest message first.
func (w *world) history(view roaming.Ref) []roaming.Message {
	w.t.Helper()
	var all []roaming.Message
	for m, err := range roaming.Items(w.client.History(w.t.Context(), view, roaming.HistoryQuery{Direction: roaming.Down, KeepRaw: true})) {
		w.must(err)
		all = append(all, m)
	}
	return all
}

// backUp backs up views of one user as a deletion does, the newest first.
func (w *world) backUp(views ...roaming.Ref) Settings {
	w.t.Helper()
	out, err := backup.Create(w.t.Context(), w.t.TempDir(), "test", backup.Options{
		AppKey: w.AppKey, Scope: backup.Scope{User: views[0].User},
	})
	w.must(err)
	for _, view := range views {
		for _, m := range slices.Backward(w.history(view)) {
			w.must(out.AddMessage(m))
		}
	}
	manifest, err := out.Commit(w.t.Context())
	w.must(err)
	return Settings{Source: Source{Path: out.Path(), Digest: manifest.Digest}}
}

// clear deletes whole views.
func (w *world) clear(views ...roaming.Ref) {
	w.t.Helper()
	for _, view := range views {
		w.must(w.client.DeleteMessagesBefore(w.t.Context(), view, time.Now().Add(time.Hour), false))
		if n := len(w.history(view)); n != 0 {
			w.t.Fatalf("%d messages of %s are left", n, view)
		}
	}
}

func (w *world) run(s Settings) Report {
	w.t.Helper()
	report, err := w.Run(w.t.Context(), s)
	w.must(err)
	return report
}

func (w *world) preview(s Settings) Report {
	w.t.Helper()
	report, err := w.Preview(w.t.Context(), s)
	w.must(err)
	return report
}

// withoutIDs is what messages are but for their IDs, as data shows them.
func withoutIDs(t *testing.T, messages []roaming.Message) []string {
	t.Helper()
	var all []string
	for _, m := range messages {
		m.ID, m.Raw = 0, nil
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	return all
}
