package live_test

import (
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox"
	"github.com/roamctl/roamctl/internal/sandbox/live"
	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("testing.(*F).Fuzz.func1"))
}

// world is a served sandbox with alice, bob and carol, and group g of alice and
// bob.
type world struct {
	box  *sandbox.Sandbox
	http *httptest.Server
	logs *logs
}

// logs keeps what the sandbox logs.
type logs struct {
	mu    sync.Mutex
	lines []string
}

func (l *logs) add(format string, _ ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, format)
}

func (l *logs) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}

func newWorld(t testing.TB, dir string) *world {
	t.Helper()
	return newWorldAt(t, dir, nil)
}

// newWorldAt is newWorld with a clock; nil is the real one.
func newWorldAt(t testing.TB, dir string, now func() time.Time) *world {
	t.Helper()
	w := &world{logs: &logs{}}
	var err error
	if w.box, err = sandbox.Open(t.Context(), sandbox.Options{Dir: dir, Now: now, Log: w.logs.add, LogRefusal: w.logs.add}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob", "carol"} {
		if err := w.box.CreateUser(t.Context(), name, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.box.Join(t.Context(), "g", "alice", "bob"); err != nil {
		t.Fatal(err)
	}
	w.http = httptest.NewServer(w.box.Handler())
	t.Cleanup(w.close)
	return w
}

// newHubWorld is a world whose devices connect to a hub with a write timeout.
func newHubWorld(t testing.TB, timeout time.Duration) *world {
	t.Helper()
	dir := t.TempDir()
	w := newWorld(t, dir)
	s, err := store.Open(t.Context(), dir, time.Now, func() map[string]string { return nil })
	if err != nil {
		t.Fatal(err)
	}
	c := w.box.Credentials()
	hub := live.New(live.Config{
		Store: s, Now: time.Now, Log: w.logs.add, WriteTimeout: timeout,
		Issuer: token.Issuer{AppKey: c.AppKey, ClientID: c.ClientID, ClientSecret: c.ClientSecret},
	})
	w.http.Close()
	w.http = httptest.NewServer(hub)
	t.Cleanup(func() {
		hub.Close()
		_ = s.Close()
	})
	return w
}

// close is what Ctrl-C does, with devices connected or not.
func (w *world) close() {
	if w.box != nil {
		_ = w.box.Close()
		w.http.Close()
		w.box = nil
	}
}

// dynamic makes a user's token offline (docs/contract.md, section 1).
func (w *world) dynamic(user string, made time.Time, ttl time.Duration) string {
	c := w.box.Credentials()
	return dynamicToken(c, user, made, ttl)
}
