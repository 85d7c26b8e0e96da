package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
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

func TestAttachmentsHaveAnOutcomeEach(t *testing.T) {
	const day = 24 * time.Hour
	h := newHost(t, map[string]http.HandlerFunc{
		"/cat":       content("\xff\xd8\xff meow"),
		"/denied":    status(http.StatusForbidden),
		"/long-gone": status(http.StatusForbidden),
		"/down":      status(http.StatusBadGateway),
		"/page":      content("<!DOCTYPE html><title>Sign in</title>"),
		"/error":     content(` {"error":"expired"}`),
		"/report":    content("<html>a report that was sent as a file</html>"),
		"/large":     content(strings.Repeat("x", attachments.MaxSize+1)),
		"/largest":   content(strings.Repeat("x", attachments.MaxSize)),
		"/cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
		},
		"/away": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://10.0.0.1/x?sig=s9", http.StatusFound)
		},
		"/nonurl": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://h/%zz?sig=s9")
			w.WriteHeader(http.StatusFound)
		},
	})
	var messages []archive.Message
	want := map[string]string{}
	add := func(id string, kind roaming.Kind, age time.Duration, path, outcome string) {
		if strings.HasPrefix(path, "/") {
			path = h.URL + path + "?sig=s9"
		}
		messages = append(messages, message(id, kind, age, path))
		want[id] = outcome
	}
	add("1", roaming.Image, day, "/cat", "fetched ")
	add("2", roaming.Image, 2*day, "/gone", "failed the server answered 404 Not Found: file does not exist")
	add("3", roaming.Image, 8*day, "/gone", "expired the server answered 404 Not Found: file does not exist")
	add("4", roaming.Image, day, "/denied", "failed the server answered 403 Forbidden")
	add("5", roaming.Image, 9*day, "/long-gone", "expired the server answered 403 Forbidden")
	add("6", roaming.Image, 9*day, "/down", "failed the server answered 502 Bad Gateway")
	add("7", roaming.Image, day, "/page", "failed the server sent text where the message has kind img")
	add("8", roaming.Audio, day, "/error", "failed the server sent text where the message has kind audio")
	add("9", roaming.File, day, "/report", "fetched ")
	add("10", roaming.File, day, "/large", "too-large it has more than 10485760 bytes")
	add("11", roaming.File, day, "/largest", "fetched ")
	add("12", roaming.File, day, "/cut", "failed unexpected EOF")
	add("13", roaming.File, day, "http://10.0.0.1/x?sig=s9", "refused 10.0.0.1 is not allowed")
	add("14", roaming.File, day, "file:///etc/passwd?sig=s9", `refused only http and https are fetched, not "file"`)
	add("15", roaming.File, day, "/away", "refused 10.0.0.1 is not allowed")
	add("16", roaming.File, day, "/nonurl", "failed the server redirects to what is not a URL")
	add("17", roaming.File, day, "http://127.0.0.1:%zz/?sig=s9", "failed it is not a URL")
	s := opened(t, messages...)
	heard := 0
	s.OnFile = func(archive.Attachment) { heard++ }
	s.fetched(t)
	got := map[string]string{}
	for id, a := range s.outcomes(t) {
		got[id] = string(a.State) + " " + a.Reason
		if strings.Contains(a.Reason, "s9") || strings.Contains(a.Reason, "share-me") {
			t.Errorf("%s: the reason has a secret: %s", id, a.Reason)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if heard != len(want) {
		t.Errorf("%d outcomes were reported, want %d", heard, len(want))
	}
	if left, _ := filepath.Glob(filepath.Join(s.Folder.Path, "*.tmp")); len(left) > 0 {
		t.Errorf("temporary files are left: %q", left)
	}
	if found := s.damage(t); len(found) > 0 {
		t.Errorf("damage: %q", found)
	}
}

func TestFilesArePrivateAndKeptOnce(t *testing.T) {
	h := newHost(t, map[string]http.HandlerFunc{"/a": content("same"), "/b": content("same")})
	s := opened(t, message("1", roaming.File, 0, h.URL+"/a"), message("2", roaming.File, 0, h.URL+"/b"))
	s.fetched(t)
	path := filepath.Join(s.Folder.Path, sum("same")[:2], sum("same"))
	if b, err := os.ReadFile(path); err != nil || string(b) != "same" {
		t.Fatal(string(b), err)
	}
	for id, a := range s.outcomes(t) {
		if a.SHA256 != sum("same") || a.Size != 4 {
			t.Errorf("%s: %s, %d bytes", id, a.SHA256, a.Size)
		}
	}
	if runtime.GOOS != "windows" {
		for p, mode := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700, s.Folder.Path: 0o700} {
			if info, err := os.Stat(p); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: mode %v, want %v (%v)", p, info.Mode(), mode, err)
			}
		}
	}
}

// TestNextToExpireComesFirst fetches one at a time, so that requests have an order.
func TestNextToExpireComesFirst(t *testing.T) {
	const day = 24 * time.Hour
	h := newHost(t, map[string]http.HandlerFunc{"/late": content("l"), "/soon": content("s"), "/new": content("n")})
	s := opened(t, message("1", roaming.File, day, h.URL+"/new"), message("2", roaming.File, 8*day, h.URL+"/late"), message("3", roaming.File, 6*day, h.URL+"/soon"))
	s.Fetcher = &oneAtATime{Fetcher: s.Fetcher}
	s.fetched(t)
	slices.Sort(h.paths[:2]) // in flight together
	if h.paths[2] != "/late" {
		t.Errorf("requests: %q, want the expired one last", h.paths)
	}
}

type oneAtATime struct {
	Fetcher

	mu sync.Mutex
}

func (o *oneAtATime) Fetch(ctx context.Context, url, secret string, w io.Writer) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.Fetcher.Fetch(ctx, url, secret, w)
}

func TestFailedAttachmentsAreRetriedAndOthersAreNot(t *testing.T) {
	serve := map[string]http.HandlerFunc{"/1": status(http.StatusBadGateway), "/2": content("two")}
	h := newHost(t, serve)
	s := opened(t, message("1", roaming.File, 0, h.URL+"/1"), message("2", roaming.File, 0, h.URL+"/2"), message("3", roaming.File, 0, "ftp://h/3"))
	s.fetched(t)
	s.fetched(t)
	if len(h.paths) != 2 {
		t.Fatalf("requests without Retry: %q", h.paths)
	}
	serve["/1"] = content("one")
	if err := s.Retry(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.fetched(t)
	if len(h.paths) != 3 {
		t.Errorf("requests: %q", h.paths)
	}
	got := s.outcomes(t)
	if got["1"].State != archive.Fetched || got["1"].Reason != "" || got["3"].State != archive.FileRefused {
		t.Errorf("%+v", got)
	}
}

// TestAnInterruptedSyncContinues stops a sync in a download, by a cancel and by Within.
func TestAnInterruptedSyncContinues(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := newHost(t, map[string]http.HandlerFunc{"/1": func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }})
	s := opened(t, message("1", roaming.File, 0, h.URL+"/1"))
	if _, err := s.Fetch(ctx); fault.KindOf(err) != fault.Interrupted {
		t.Errorf("cancelled: %v", err)
	}
	s.Within = time.Nanosecond
	if all, err := s.Fetch(t.Context()); all || err != nil {
		t.Errorf("out of time: %v, %v", all, err)
	}
	if got := s.outcomes(t)["1"]; got.State != archive.Pending {
		t.Errorf("it is %s", got.State)
	}
	left := filepath.Join(s.Folder.Path, "fetch-1.tmp") // of a killed sync
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.Config.Handler = content("all")
	s.Within = 0
	s.fetched(t)
	if _, err := os.Stat(left); err == nil {
		t.Error("what a killed sync left is still there")
	}
	if got := s.outcomes(t)["1"]; got.State != archive.Fetched {
		t.Errorf("it is %s", got.State)
	}
}

func TestVerifyNamesMissingChangedAndUnusedFiles(t *testing.T) {
	h := newHost(t, map[string]http.HandlerFunc{"/1": content("one"), "/2": content("two"), "/3": content("three")})
	s := opened(t, message("1", roaming.File, 0, h.URL+"/1"), message("2", roaming.File, 0, h.URL+"/2"), message("3", roaming.File, 0, h.URL+"/3"))
	s.fetched(t)
	path := func(of string) string { return filepath.Join(s.Folder.Path, sum(of)[:2], sum(of)) }
	if err := os.Remove(path("one")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("two"), []byte("twO"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path("four")), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("four"), []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.Folder.Copy(&out, sum("three")); err != nil || out.String() != "three" {
		t.Errorf("%q, %v", &out, err)
	}
	if err := s.Folder.Copy(io.Discard, sum("two")); fault.KindOf(err) != fault.Safety {
		t.Errorf("a changed file: %v", err)
	}
	if err := s.Folder.Copy(io.Discard, sum("one")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	want := []string{
		" the attachment " + sum("four") + " is of no message: remove it from " + s.Folder.Path,
		"1 its attachment " + sum("one") + " is missing in " + s.Folder.Path,
		"2 its attachment " + sum("two") + " has changed since it was fetched",
	}
	if diff := cmp.Diff(want, s.damage(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestErasedWhileFetched erases a message while its attachment is downloaded.
func TestErasedWhileFetched(t *testing.T) {
	var s *Sync
	h := newHost(t, map[string]http.HandlerFunc{"/1": func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.Store.Erase(r.Context(), archive.Erasure{Keys: []archive.Key{archive.IDKey("1")}}); err != nil {
			t.Error(err)
		}
		content("secret")(w, r)
	}})
	s = opened(t, message("1", roaming.File, 0, h.URL+"/1"))
	s.fetched(t)
	if found := s.damage(t); len(found) > 0 {
		t.Errorf("damage: %q", found)
	}
	err := filepath.WalkDir(s.Folder.Path, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if b, err := os.ReadFile(path); err != nil || bytes.Contains(b, []byte("secret")) {
			t.Errorf("%s: %q, %v", path, b, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRemoveTakesOnlyDigests(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "keep")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := Folder{filepath.Join(filepath.Dir(outside), "files")}
	for _, bad := range []string{"", "../keep", "ab", strings.ToUpper(sum("x")), sum("x") + "/"} {
		if err := f.Remove([]string{bad}); fault.KindOf(err) != fault.Safety {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := f.Remove([]string{sum("x")}); err != nil {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}
