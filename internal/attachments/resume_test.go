package attachments

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// received is a Target that has a part of a file already.
type received struct {
	bytes.Buffer

	size   int64
	tag    string
	refuse error
}

func (r *received) Begin(offset, size int64, tag string) error {
	r.Truncate(int(offset))
	r.size, r.tag = size, tag
	return r.refuse
}

func TestResumeContinuesTheSameFile(t *testing.T) {
	content, tag := "meow purr hiss", `"v1"`
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("Range"))
		w.Header().Set("ETag", tag)
		switch r.URL.Path {
		case "/ranges":
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
		case "/elsewhere": // another part than the one requested
			w.Header().Set("Content-Range", "bytes 2-13/14")
			if r.Header.Get("Range") != "" {
				w.WriteHeader(http.StatusPartialContent)
			}
			io.WriteString(w, content)
		default:
			io.WriteString(w, content)
		}
	}))
	defer srv.Close()
	for _, c := range []struct {
		path, have, tag string
		requests        int
	}{
		{"/ranges", "", "", 1},
		{"/ranges", "meow ", `"v1"`, 1},
		{"/ranges", "MEOW ", `"v0"`, 1},         // another file: sent anew
		{"/ranges", content, `"v1"`, 2},         // 416
		{"/ranges", content + " more", tag, 2},  // likewise
		{"/elsewhere", "meow ", `"v1"`, 2},      // not the part that was asked for
		{"/without-ranges", "meow ", `"v1"`, 1}, // all of it
	} {
		asked = nil
		var got received
		got.WriteString(c.have)
		err := New(http.DefaultTransport, nil).Resume(t.Context(), srv.URL+c.path, "", Part{int64(len(c.have)), c.tag}, &got)
		if err != nil || got.String() != content || len(asked) != c.requests || got.tag != tag || got.size != int64(len(content)) {
			t.Errorf("%s after %q: %v, %q, size %d, requests %q", c.path, c.have, err, &got.Buffer, got.size, asked)
		}
	}
}

func TestBeginRefusesBeforeTheContent(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		w.(http.Flusher).Flush()
	}))
	defer srv.Close()
	got := received{refuse: ErrTooLarge}
	if err := New(http.DefaultTransport, nil).Resume(t.Context(), srv.URL, "", Part{}, &got); !errors.Is(err, ErrTooLarge) || got.Len() > 0 {
		t.Errorf("%v, %d bytes", err, got.Len())
	}
}

func TestWhichErrorsAreTemporary(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/busy":
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/busy-until":
			w.Header().Set("Date", "Tue, 24 Nov 2026 12:00:00 GMT")
			w.Header().Set("Retry-After", "Tue, 24 Nov 2026 12:00:09 GMT")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/busy-until-1970":
			w.Header().Set("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/down":
			w.WriteHeader(http.StatusBadGateway)
		case "/cut":
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "meow")
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	defer srv.Close()
	allow := func(u *url.URL) error {
		if u.Path == "/other" {
			return errors.New("not this host")
		}
		return nil
	}
	f := New(http.DefaultTransport, allow)
	for path, want := range map[string]time.Duration{"/busy": 7 * time.Second, "/busy-until": 9 * time.Second, "/busy-until-1970": 0, "/down": 0, "/cut": 0, "/denied": -1, "/other": -1} {
		err := f.Fetch(t.Context(), srv.URL+path, "", io.Discard)
		if yes, after := Temporary(err); yes != (want >= 0) || yes && after != want {
			t.Errorf("%s: %v is temporary: %v, %s", path, err, yes, after)
		}
		if errors.Is(err, ErrHost) != (path == "/other") {
			t.Errorf("%s: %v is ErrHost: %v", path, err, errors.Is(err, ErrHost))
		}
	}
	if yes, _ := Temporary(New(Public(), nil).Fetch(t.Context(), srv.URL, "", io.Discard)); yes {
		t.Error("a private address is a temporary error")
	}
	srv.Close()
	if yes, _ := Temporary(f.Fetch(t.Context(), srv.URL, "", io.Discard)); !yes {
		t.Error("a refused connection is no temporary error")
	}
}
