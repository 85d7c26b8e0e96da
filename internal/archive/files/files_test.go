package files

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
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
	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

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
