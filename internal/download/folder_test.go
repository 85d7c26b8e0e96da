package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

func digits(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])[:10]
}

// A folder is new, or that of earlier attachments of the user.
func TestWhichFoldersAreRefused(t *testing.T) {
	alice := Header{AppKey: "org#app", User: "alice"}
	dir := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return filepath.Dir(path)
	}
	for name, folder := range map[string]string{
		"files of others":             write("a/notes.txt", "mine"),
		"the manifest of an export":   write("b/"+manifestName, `{"export":{"format":3}}`+"\n"),
		"a damaged manifest":          write("c/"+manifestName, `{"attachments":{"format":1,"user":"alice"}}`+"\n{"),
		"another user":                write("d/"+manifestName, `{"attachments":{"format":1,"app_key":"org#app","user":"bob"}}`+"\n"),
		"another app":                 write("e/"+manifestName, `{"attachments":{"format":1,"app_key":"org#other","user":"alice"}}`+"\n"),
		"a format of a later version": write("f/"+manifestName, `{"attachments":{"format":2,"app_key":"org#app","user":"alice"}}`+"\n"),
	} {
		if _, err := Open(folder, alice); fault.KindOf(err) != fault.Safety {
			t.Errorf("%s: %v, want a fault.Safety", name, err)
		}
	}
	f, err := Open(filepath.Join(dir, "new"), alice)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "new"), alice); fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), "another roamctl") {
		t.Errorf("a folder in use: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Files that the manifest does not list stay as they are; a listed one that is missing
// or was changed is fetched again, under another name if that is taken.
func TestFilesAreNeverReplaced(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, png+r.URL.Path) })
	src := held{kind: source.Live, messages: []source.Message{
		message(1, roaming.Image, srv.URL+"/1", "a.png"), message(2, roaming.Image, srv.URL+"/2", "b.png"), message(3, roaming.Image, srv.URL+"/3", "MANIFEST.ndjson"),
	}}
	dir := filepath.Join(t.TempDir(), "out")
	fetch(t, dir, options(src))
	if err := os.WriteFile(filepath.Join(dir, "a.png"), []byte("edited"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "b.png")); err != nil {
		t.Fatal(err)
	}
	src.messages = append(src.messages, message(4, roaming.Image, srv.URL+"/4", "C.png"))
	if err := os.WriteFile(filepath.Join(dir, "c.png"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	fetch(t, dir, options(src))
	want := map[string]string{
		"a.png": "edited", "a~" + digits(png+"/1") + ".png": png + "/1", "b.png": png + "/2", "MANIFEST.ndjson.png": png + "/3",
		"c.png": "mine", "C~" + digits(png+"/4") + ".png": png + "/4",
	}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A file whose content was changed is fetched again, also if its size is the same.
func TestAChangedFileOfTheSameSize(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, png+r.URL.Path) })
	src := held{kind: source.Live, messages: []source.Message{message(1, roaming.Image, srv.URL+"/1", "a.png")}}
	dir := filepath.Join(t.TempDir(), "out")
	fetch(t, dir, options(src))
	if err := os.WriteFile(filepath.Join(dir, "a.png"), []byte(png+"/9"), 0o600); err != nil {
		t.Fatal(err)
	}
	fetch(t, dir, options(src))
	want := map[string]string{"a.png": png + "/9", "a~" + digits(png+"/1") + ".png": png + "/1"}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Messages without an ID are not taken for one, and a name of any length does not make
// a manifest that can't be read.
func TestOddMessages(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, png+r.URL.Path) })
	src := held{kind: source.Live, messages: []source.Message{
		message(0, roaming.Image, srv.URL+"/1", "a.png"), message(0, roaming.Image, srv.URL+"/2", strings.Repeat("\x01", 1<<20)),
	}}
	dir := filepath.Join(t.TempDir(), "out")
	for range 2 {
		if got := fetch(t, dir, options(src)); len(got) != 2 {
			t.Errorf("%d of 2 attachments: %v", len(got), got)
		}
	}
	if n := srv.asked("/1") + srv.asked("/2"); n != 2 {
		t.Errorf("%d requests for 2 files", n)
	}
}

// A download that breaks off is continued, by the same run or by the next. Meanwhile no
// part of it has a final name.
func TestABrokenDownloadContinues(t *testing.T) {
	content := png + strings.Repeat("x", 300_000)
	var breaks int // more of them
	var ranges []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		ranges = append(ranges, r.Header.Get("Range"))
		breaks--
		if breaks >= 0 {
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			io.WriteString(w, content[:200_000])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
	})
	src := held{kind: source.Live, messages: []source.Message{message(1, roaming.Image, srv.URL, "a.png")}}
	parent := t.TempDir()
	breaks = 1
	if e := fetch(t, filepath.Join(parent, "one"), options(src))["1"]; e.State != Saved || len(ranges) != 2 || ranges[1] != "bytes=200000-" {
		t.Errorf("by the same run: %+v, ranges %q", e, ranges)
	}
	dir := filepath.Join(parent, "two")
	o := options(src)
	o.Tries, breaks = 1, 1
	if e := fetch(t, dir, o)["1"]; e.State != Failed || len(files(t, dir)) != 0 {
		t.Errorf("broken off: %+v", e)
	}
	ranges = nil
	if e := fetch(t, dir, o)["1"]; e.State != Saved || files(t, dir)["a.png"] != content || len(ranges) != 1 || ranges[0] != "bytes=200000-" {
		t.Errorf("by the next run: %+v, ranges %q", e, ranges)
	}
	if left, err := os.ReadDir(filepath.Join(dir, workName)); err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A run that ends early keeps what it has saved.
func TestACancelledRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/2" && ctx.Err() == nil {
			<-r.Context().Done()
			return
		}
		io.WriteString(w, png+r.URL.Path)
	})
	src := held{kind: source.Live, messages: []source.Message{message(1, roaming.Image, srv.URL+"/1", "a.png"), message(2, roaming.Image, srv.URL+"/2", "b.png")}}
	dir := filepath.Join(t.TempDir(), "out")
	found, err := Find(t.Context(), src, source.Selection{User: "alice"}, noon())
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(dir, Header{AppKey: "org#app", User: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range f.Fetch(ctx, found.Items, options(src)) {
		if e.ID == "1" {
			stop()
		} else if fault.KindOf(err) != fault.Interrupted {
			t.Errorf("%+v, %v", e, err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := fetch(t, dir, options(src)); got["1"].State != Saved || got["2"].State != Saved || srv.asked("/1") != 1 {
		t.Errorf("continued: %+v, %v", got, srv.requests)
	}
}
