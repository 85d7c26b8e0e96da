package download

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

const png = "\x89PNG\r\n\x1a\n"

// Files have safe names by their content, equal ones are one file, and a second run
// requests only what is missing.
func TestFetchSavesEachContentOnce(t *testing.T) {
	missing := true
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("share-secret") != "s3cret":
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == "/html":
			io.WriteString(w, "<html><script>alert(1)</script>")
		case r.URL.Path == "/late" && missing:
			w.WriteHeader(http.StatusBadGateway)
		default:
			io.WriteString(w, png+strings.TrimSuffix(r.URL.Path, "-again"))
		}
	})
	src := held{kind: source.Live, messages: []source.Message{
		message(1, roaming.Image, srv.URL+"/cat", "猫.png"),
		message(2, roaming.Image, srv.URL+"/cat-again", "again.png"),
		message(3, roaming.Image, srv.URL+"/dog", "猫.PNG"),
		message(4, roaming.File, srv.URL+"/html", "photo.jpg"),
		message(5, roaming.Image, srv.URL+"/html", "fake.jpg"),
		message(6, roaming.Image, srv.URL+"/late", "../late.jpg"),
		message(7, roaming.Text, "", ""),
	}}
	dir := filepath.Join(t.TempDir(), "out")
	got := map[string]string{}
	for id, e := range fetch(t, dir, options(src)) {
		got[id] = short(e)
	}
	want := map[string]string{
		"1": "saved 猫.png ", "2": "saved 猫.png ", "3": "saved 猫~" + digits(png+"/dog") + ".PNG ",
		"4": "saved photo.jpg.bin the name does not fit the content, text/html",
		"5": "mismatch photo.jpg.bin the message has kind img, and the content is text/html",
		"6": "failed  the server answered 502 Bad Gateway",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := srv.asked("/late"); n != 3 {
		t.Errorf("%d requests for a server that is down, want 3", n)
	}
	missing = false
	if e := fetch(t, dir, options(src))["6"]; short(e) != "saved _late.jpg.png the name does not fit the content, image/png" || e.SHA256 == "" || e.Type != "image/png" || e.Size == 0 {
		t.Errorf("another run: %+v", e)
	}
	if n := srv.asked("/cat"); n != 1 {
		t.Errorf("%d requests for a file that is there", n)
	}
	if n := len(files(t, dir)); n != 4 {
		t.Errorf("%d files, want 4", n)
	}
	manifest, err := os.ReadFile(filepath.Join(dir, manifestName))
	if n := bytes.Count(manifest, []byte("\n")); err != nil || n != 7 || bytes.Contains(manifest, []byte("s3cret")) || bytes.Contains(manifest, []byte(srv.URL)) {
		t.Errorf("%d lines, %v:\n%s", n, err, manifest)
	}
}

// Whatever a server does, a run ends, nothing is larger than allowed, and no part of a
// file has a final name.
func TestHostileServers(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	z.Write(make([]byte, 10<<20))
	z.Close()
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, png) })
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/endless":
			for block := bytes.Repeat([]byte("x"), 64<<10); r.Context().Err() == nil; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		case "/declared":
			w.Header().Set("Content-Length", "99999999999")
		case "/short":
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, png)
		case "/redirect":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		case "/gone":
			w.WriteHeader(http.StatusNotFound)
		case "/expired":
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, `{"error":"file_expired"}`)
		case "/denied":
			w.WriteHeader(http.StatusForbidden)
		}
	})
	old := message(8, roaming.Image, srv.URL+"/gone", "a.png")
	old.Timestamp = roaming.Time{Time: noon().Add(-8 * 24 * time.Hour)}
	src := held{kind: source.Live, messages: []source.Message{
		message(1, roaming.Image, srv.URL+"/endless", "a.png"), message(2, roaming.Image, srv.URL+"/declared", "a.png"),
		message(3, roaming.Image, srv.URL+"/short", "a.png"), message(4, roaming.Image, srv.URL+"/redirect", "a.png"),
		message(5, roaming.Image, srv.URL+"/bomb", "a.png"), message(6, roaming.Image, "file:///etc/passwd", "a.png"),
		message(7, roaming.Image, srv.URL+"/gone", "a.png"), old, message(9, roaming.Image, srv.URL+"/denied", "a.png"),
		message(10, roaming.Image, srv.URL+"/empty", "a.png"), message(11, roaming.Image, srv.URL+"/expired", "a.png"),
	}}
	o := options(src)
	o.Fetcher = attachments.New(http.DefaultTransport, func(u *url.URL) error {
		if "http://"+u.Host != srv.URL {
			return fault.New(fault.Refused, "it is another host")
		}
		return nil
	})
	dir := filepath.Join(t.TempDir(), "out")
	got := map[string]State{}
	for id, e := range fetch(t, dir, o) {
		got[id] = e.State
	}
	want := map[string]State{"1": TooLarge, "2": TooLarge, "3": Failed, "4": NoHost, "5": TooLarge, "6": Refused, "7": Failed, "8": Expired, "9": Refused, "10": Mismatch, "11": Expired}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := other.asked("/"); n != 0 {
		t.Errorf("%d requests to a host that is not allowed", n)
	}
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("files: %q", left)
	}
	o.Fetcher = o.Fetcher.Allowing([]string{strings.TrimPrefix(other.URL, "http://")}, http.DefaultTransport)
	if e := fetch(t, dir, o)["4"]; e.State != Saved {
		t.Errorf("a host that is allowed now: %+v", e)
	}
}

// An archive's own files are copied; what it does not have is downloaded.
func TestFetchFromAnArchive(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, png) })
	src := held{kind: source.Archive, files: map[string]string{srv.URL + "/kept": "%PDF-1.7"}, messages: []source.Message{
		message(1, roaming.File, srv.URL+"/kept", "发票.pdf"), message(2, roaming.Image, srv.URL+"/lost", "b.png"),
	}}
	got := fetch(t, filepath.Join(t.TempDir(), "out"), options(src))
	if short(got["1"]) != "saved 发票.pdf " || short(got["2"]) != "saved b.png " || srv.asked("/kept") != 0 || srv.asked("/lost") != 1 {
		t.Errorf("%+v, requests %v", got, srv.requests)
	}
}
