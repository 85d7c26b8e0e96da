package files

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/roaming"
)

// now is the time of the tests.
func now() time.Time { return time.Date(2025, 11, 20, 12, 0, 0, 0, time.UTC) }

// host serves files by their path, and records the requests.
type host struct {
	*httptest.Server

	mu    sync.Mutex
	paths []string
}

func newHost(t *testing.T, files map[string]http.HandlerFunc) *host {
	t.Helper()
	h := &host{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.paths = append(h.paths, r.URL.Path)
		h.mu.Unlock()
		if serve := files[r.URL.Path]; serve != nil {
			serve(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

func content(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(s)) }
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// message is a message of an age with an attachment.
func message(id string, kind roaming.Kind, age time.Duration, url string) archive.Message {
	return archive.Message{
		Key: archive.IDKey(id), Time: roaming.Millis(now().Add(-age).UnixMilli()), Kind: kind, From: "alice", To: "bob",
		Conversation: archive.ConversationOf(roaming.Ref{User: "alice", Type: roaming.Chat, Conversation: "bob"}),
		Body:         map[string]any{"url": url, "secret": "share-me", "filename": "f"}, Raw: []byte(`{"id":"` + id + `"}`), Source: archive.Roaming,
	}
}

// opened is an archive with messages, and the sync of its attachments.
func opened(t *testing.T, messages ...archive.Message) *Sync {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.db")
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	run := archive.Run{ID: "1", Started: roaming.Millis(now().UnixMilli())}
	if _, err := store.Import(t.Context(), archive.Batch{Run: run, Messages: messages}); err != nil {
		t.Fatal(err)
	}
	fetcher := attachments.New(http.DefaultTransport, func(u *url.URL) error {
		if u.Hostname() != "127.0.0.1" {
			return fmt.Errorf("%s is not allowed", u.Host)
		}
		return nil
	})
	return &Sync{Store: store, Folder: Folder{path + ".files"}, Fetcher: fetcher, Now: now()}
}

func (s *Sync) fetched(t *testing.T) {
	t.Helper()
	if all, err := s.Fetch(t.Context()); err != nil || !all {
		t.Fatal(all, err)
	}
}

// outcomes are the states by message, with the reasons.
func (s *Sync) outcomes(t *testing.T) map[string]archive.Attachment {
	t.Helper()
	got := map[string]archive.Attachment{}
	for a, err := range s.Store.Attachments(t.Context(), append(archive.MissingStates(), archive.Fetched)...) {
		if err != nil {
			t.Fatal(err)
		}
		got[a.Message.String()] = a
	}
	return got
}

func (s *Sync) damage(t *testing.T) (all []string) {
	t.Helper()
	for d, err := range s.Folder.Verify(t.Context(), s.Store) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d.Message.String()+" "+d.What)
	}
	slices.Sort(all)
	return all
}

func sum(s string) string {
	d := sha256.Sum256([]byte(s))
	return hex.EncodeToString(d[:])
}
