package attachments

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestFetchSendsTheSecret(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("share-secret") != "s3" || r.Header.Get("Authorization") != "" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		io.WriteString(w, "meow")
	}))
	defer srv.Close()
	var out bytes.Buffer
	err := New(http.DefaultTransport, nil).Fetch(t.Context(), srv.URL+"/cat?sig=1", "s3", &out)
	if err != nil || out.String() != "meow" {
		t.Errorf("%v, %q", err, &out)
	}
	err = New(http.DefaultTransport, nil).Fetch(t.Context(), srv.URL, "", io.Discard)
	if err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("without the secret: %v", err)
	}
}

func TestTheSecretStaysWithItsHost(t *testing.T) {
	var got []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("share-secret")+r.Header.Get("Referer"))
	}))
	defer other.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/here" {
			got = append(got, r.Header.Get("share-secret"))
			http.Redirect(w, r, other.URL, http.StatusFound)
			return
		}
		http.Redirect(w, r, "/here", http.StatusFound)
	}))
	defer srv.Close()
	if err := New(http.DefaultTransport, nil).Fetch(t.Context(), srv.URL, "s3", io.Discard); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != "s3" || got[1] != "" {
		t.Errorf("secrets seen: %q", got)
	}
}

func TestRefusedFetches(t *testing.T) {
	allow := func(u *url.URL) error {
		if u.Path == "/forbidden" {
			return errors.New("not this one")
		}
		return nil
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/elsewhere":
			http.Redirect(w, r, "/forbidden", http.StatusFound)
		case "/cut":
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "meow")
		default:
			io.WriteString(w, "meow")
		}
	}))
	defer srv.Close()
	for raw, want := range map[string]string{
		"file:///etc/passwd":      "file",
		"ftp://h/x":               "ftp",
		"cat.png":                 `""`,
		"http:///x":               "no host",
		"http://u:p@h/x":          "password",
		"http://\x00":             "not a URL",
		srv.URL + "/loop":         "redirections",
		srv.URL + "/file":         "file",
		srv.URL + "/forbidden":    "not this one",
		srv.URL + "/elsewhere":    "not this one",
		srv.URL + "/cut?sig=hush": "EOF",
	} {
		err := New(http.DefaultTransport, allow).Fetch(t.Context(), raw, "s3", io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}

func TestFetchEndsInTime(t *testing.T) {
	stop := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "m")
		w.(http.Flusher).Flush()
		<-stop
	}))
	defer srv.Close()
	defer close(stop)
	f := New(http.DefaultTransport, nil)
	f.timeout = 50 * time.Millisecond
	err := f.Fetch(t.Context(), srv.URL, "", io.Discard)
	if err == nil || err.Error() != "it took longer than 50ms" {
		t.Errorf("got %v", err)
	}
}

func TestPublicKeepsOffPrivateAddresses(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	err := New(Public(), nil).Fetch(t.Context(), srv.URL, "", io.Discard)
	if err == nil || !strings.Contains(err.Error(), "not a public address") {
		t.Errorf("got %v", err)
	}
	for address, ok := range map[string]bool{
		"127.0.0.1:80": false, "[::1]:80": false, "10.1.2.3:80": false, "192.168.1.1:80": false, "169.254.169.254:80": false,
		"[fe80::1]:80": false, "[fd00::1]:80": false, "[::ffff:10.0.0.1]:80": false, "100.64.0.1:80": false, "0.0.0.0:80": false,
		"0.1.2.3:80": false, "198.18.0.1:80": false, "240.0.0.1:80": false, "[::10.0.0.1]:80": false, "[64:ff9b::a9fe:a9fe]:80": false,
		"[64:ff9b:1::a00:1]:80": false, "[2002:a00:1::]:80": false, "[2001:0:a00:1::]:80": false, "[fec0::1]:80": false,
		"224.0.0.1:80": false, "8.8.8.8:443": true, "[2606:4700::1111]:443": true,
	} {
		if err := checkPublic("tcp", address, nil); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// The service's own code tells a file that expired from one that never was there.
func TestExpired(t *testing.T) {
	body := ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, body)
	}))
	defer srv.Close()
	for answer, want := range map[string]bool{
		`{"error":"file_expired","error_description":"file 1 is expired"}`: true,
		`{"error":"entity_not_found"}`:                                     false,
		`{"error":7}`:                                                      false, "file_expired": false, "": false,
		`{"x":"` + strings.Repeat("x", 5000) + `","error":"file_expired"}`: false,
	} {
		body = answer
		err := New(http.DefaultTransport, nil).Fetch(t.Context(), srv.URL, "", io.Discard)
		if errors.Is(err, ErrExpired) != want || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%.80s: %v", answer, err)
		}
	}
}

// Only a 404 says that a file is not there.
func TestOnly404IsNotExist(t *testing.T) {
	code := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
	defer srv.Close()
	for code = range map[int]bool{404: true, 403: true, 410: true, 500: true, 301: true} {
		err := New(http.DefaultTransport, nil).Fetch(t.Context(), srv.URL, "", io.Discard)
		if err == nil || errors.Is(err, fs.ErrNotExist) != (code == http.StatusNotFound) || errors.Is(err, fs.ErrPermission) {
			t.Errorf("%d: %v", code, err)
		}
	}
}
