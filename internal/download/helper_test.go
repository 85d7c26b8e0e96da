package download

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// held is a source of messages in memory.
type held struct {
	kind     source.Kind
	messages []source.Message
	files    map[string]string // by URL, for an archive
}

func (h held) About() source.About {
	return source.About{Kind: h.kind, Name: "test", AppKey: "org#app"}
}

func (held) Conversations(context.Context, string) iter.Seq2[roaming.Conversation, error] {
	return func(yield func(roaming.Conversation, error) bool) {
		yield(roaming.Conversation{ID: "bob", Type: roaming.Chat}, nil)
	}
}

func (h held) Messages(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Message, error] {
	return func(yield func(source.Message, error) bool) {
		for _, m := range h.messages {
			if !yield(m, nil) {
				return
			}
		}
	}
}

func (held) Gaps(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Gap, error] { return nil }

func (h held) Attachment(_ context.Context, m source.Message, _ source.Part, w io.Writer) error {
	url, _ := m.Body["url"].(string)
	content, ok := h.files[url]
	if !ok {
		return fs.ErrNotExist
	}
	_, err := io.WriteString(w, content)
	return err
}
func (held) Close() error { return nil }

// message is one with an attachment.
func message(id uint64, kind roaming.Kind, url, name string) source.Message {
	return source.Message{Message: roaming.Message{
		ID: roaming.MessageID(id), Timestamp: roaming.Time{Time: noon().Add(-time.Duration(100-id) * time.Minute)}, From: "bob", Kind: kind,
		Body: map[string]any{"url": url, "filename": name, "secret": "s3cret"},
	}}
}

// server serves files by path, and counts requests.
type server struct {
	*httptest.Server

	mu       sync.Mutex
	requests map[string]int
}

func serve(t *testing.T, handle http.HandlerFunc) *server {
	t.Helper()
	s := &server{requests: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests[r.URL.Path]++
		s.mu.Unlock()
		handle(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) asked(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[path]
}

func options(src source.Source) Options {
	return Options{
		Source: src, Fetcher: attachments.New(http.DefaultTransport, nil), MaxSize: 1 << 20, Tries: 3, Backoff: &backoff.ZeroBackOff{}, Now: noon(),
	}
}

// fetch makes a run, and returns the entries by message.
func fetch(t *testing.T, dir string, o Options) map[string]Entry {
	t.Helper()
	found, err := Find(t.Context(), o.Source, source.Selection{User: "alice"}, o.Now)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(dir, Header{AppKey: "org#app", User: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Entry{}
	for e, err := range f.Fetch(t.Context(), found.Items, o) {
		if err != nil {
			t.Fatal(err)
		}
		got[e.ID] = e
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return got
}

// files are the names and contents of the files of a folder, without the manifest.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, d := range list {
		if d.IsDir() || d.Name() == manifestName {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, d.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[d.Name()] = string(b)
	}
	return all
}

func short(e Entry) string { return fmt.Sprintf("%s %s %s", e.State, e.File, e.Reason) }
