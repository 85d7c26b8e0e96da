package download

import (
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// A mismatch that is fetched again with other content leaves no file that the manifest
// does not list, also after a run that was killed before it wrote the manifest. A file
// that another attachment has too, or that was changed, stays.
func TestAReplacedFileIsRemoved(t *testing.T) {
	page := "<html>sign in"
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/shared" {
			io.WriteString(w, "<html>shared")
			return
		}
		io.WriteString(w, page)
	})
	src := held{kind: source.Live, messages: []source.Message{
		message(1, roaming.Image, srv.URL+"/1", "a.png"),
		message(2, roaming.File, srv.URL+"/shared", "page.html"),
	}}
	dir := filepath.Join(t.TempDir(), "out")
	want := func(step string, want map[string]string) {
		t.Helper()
		if diff := cmp.Diff(want, files(t, dir)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step, diff)
		}
	}
	fetch(t, dir, options(src))
	page = "<html>another"
	e := fetch(t, dir, options(src))["1"]
	want("other content", map[string]string{e.File: page, "page.html.bin": "<html>shared"})

	page = "<html>shared"
	if e = fetch(t, dir, options(src))["1"]; e.File != "page.html.bin" {
		t.Errorf("content that another attachment has: %+v", e)
	}
	want("content that another attachment has", map[string]string{"page.html.bin": "<html>shared"})

	page = png
	o := options(src)
	found, err := Find(t.Context(), src, source.Selection{User: "alice"}, o.Now)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(dir, Header{AppKey: "org#app", User: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	f.Known(found.Items)
	for e, err := range f.Fetch(t.Context(), found.Items, o) {
		if err != nil || e.State != Saved {
			t.Errorf("%+v, %v", e, err)
		}
	}
	if err := f.unlock(); err != nil { // the run ends without Close, as if it was killed
		t.Fatal(err)
	}
	fetch(t, dir, options(src))
	want("listed for another attachment", map[string]string{"page.html.bin": "<html>shared", "a.png": png})
}
