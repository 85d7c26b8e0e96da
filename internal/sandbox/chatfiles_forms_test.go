package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

// sendForm uploads a form as alice: the parts are pairs of a field's name and its
// content. It returns the file's path and secret.
func (w world) sendForm(t *testing.T, restrict string, parts ...string) (status int, path, secret string) {
	t.Helper()
	var form bytes.Buffer
	to := multipart.NewWriter(&form)
	for i := 0; i < len(parts); i += 2 {
		part, err := to.CreateFormFile(parts[i], "name")
		if err == nil {
			_, err = io.WriteString(part, parts[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	req := w.request(t, "POST", "/chatfiles", w.auth(t, "alice"), form.String())
	req.Header.Set("Content-Type", to.FormDataContentType())
	if restrict != "" {
		req.Header.Set("restrict-access", restrict)
	}
	status, body := w.send(t, req)
	var a struct {
		Entities []map[string]string `json:"entities"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Entities) == 1 {
		path, secret = "/chatfiles/"+a.Entities[0]["uuid"], a.Entities[0]["share-secret"]
	}
	return status, path, secret
}

// get downloads with a secret in the header.
func (w world) get(t *testing.T, method, path, secret string) (*http.Response, string) {
	t.Helper()
	req := w.request(t, method, path, "", "")
	if secret != "" {
		req.Header.Set("share-secret", secret)
	}
	res, err := w.s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// A file has a secret if the upload restricts the access, and only then.
func TestWhoMayDownload(t *testing.T) {
	w := newWorld(t, Options{})
	for header, restricted := range map[string]bool{"": false, "false": false, "FALSE": false, "true": true, "1": true} {
		status, path, secret := w.sendForm(t, header, "file", "content")
		if status != http.StatusOK || (secret != "") != restricted {
			t.Errorf("restrict-access %q: status %d, secret %q", header, status, secret)
		}
		for name, c := range map[string]struct {
			path, secret string
			ok           bool
		}{
			"no secret":             {path, "", !restricted},
			"the secret":            {path, secret, true},
			"another secret":        {path, secret + "x", !restricted},
			"in the query":          {path + "?share-secret=" + secret, "", true},
			"another in the query":  {path + "?share-secret=x", "", !restricted},
			"another in the header": {path + "?share-secret=" + secret, "x", !restricted},
		} {
			res, body := w.get(t, "GET", c.path, c.secret)
			if c.ok && (res.StatusCode != http.StatusOK || body != "content") || !c.ok && (res.StatusCode != http.StatusForbidden || !strings.Contains(body, "chatfile no permission")) {
				t.Errorf("restrict-access %q, %s: status %d, %s", header, name, res.StatusCode, body)
			}
		}
	}
}

func TestForms(t *testing.T) {
	w := newWorld(t, Options{})
	for name, c := range map[string]struct {
		parts  []string
		status int
		want   string
	}{
		"a file":            {[]string{"file", "one"}, http.StatusOK, "one"},
		"the first of two":  {[]string{"file", "one", "file", "two"}, http.StatusOK, "one"},
		"after other parts": {[]string{"other", "x", "file", "one"}, http.StatusOK, "one"},
		"an empty file":     {[]string{"file", ""}, http.StatusOK, ""},
		"no file":           {[]string{"other", "x"}, http.StatusBadRequest, ""},
		"an empty form":     {nil, http.StatusBadRequest, ""},
	} {
		status, path, _ := w.sendForm(t, "", c.parts...)
		if status != c.status || (path != "") != (status == http.StatusOK) {
			t.Errorf("%s: status %d, %q", name, status, path)
		}
		if path == "" {
			continue
		}
		if res, body := w.get(t, "GET", path, ""); res.StatusCode != http.StatusOK || body != c.want {
			t.Errorf("%s: status %d, %q", name, res.StatusCode, body)
		}
	}
	for name, c := range map[string]struct{ kind, body, want string }{
		"no form":             {"application/json", "{}", "the body must be a form"},
		"broken off":          {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhalf", "the file could not be read"},
		"broken off at first": {"multipart/form-data; boundary=x", "--x\r\nContent-Disp", "the form could not be read"},
	} {
		req := w.request(t, "POST", "/chatfiles", w.auth(t, "alice"), c.body)
		req.Header.Set("Content-Type", c.kind)
		if status, body := w.send(t, req); status != http.StatusBadRequest || !bytes.Contains(body, []byte(c.want)) {
			t.Errorf("%s: status %d, %s", name, status, body)
		}
	}
	if status, _ := w.do(t, "POST", "/chatfiles", "", ""); status != http.StatusUnauthorized {
		t.Errorf("without a token: status %d", status)
	}
}

// No browser runs what a client uploaded: only pictures, sound and video have a type.
func TestTypesOfDownloads(t *testing.T) {
	w := newWorld(t, Options{})
	const other = "application/octet-stream"
	for content, want := range map[string]string{
		"GIF89a" + strings.Repeat("x", 600):        "image/gif",
		"RIFF\x00\x00\x00\x00WAVEfmt":              "audio/wave",
		"\x00\x00\x00\x10ftypmp42\x00\x00\x00\x00": "video/mp4",
		"<html><script>alert(1)</script>":          other,
		"%PDF-1.7":                                 other,
		"text":                                     other,
		"":                                         other,
	} {
		_, path, _ := w.sendForm(t, "", "file", content)
		for _, method := range []string{"GET", "HEAD"} {
			res, body := w.get(t, method, path, "")
			if method == "GET" && body != content || method == "HEAD" && body != "" {
				t.Errorf("%s of %.20q: %q", method, content, body)
			}
			if h := res.Header; h.Get("Content-Type") != want || h.Get("X-Content-Type-Options") != "nosniff" || res.ContentLength != int64(len(content)) {
				t.Errorf("%s of %.20q: %v, %d bytes", method, content, h, res.ContentLength)
			}
		}
	}
}

func TestFilesExpireOnTime(t *testing.T) {
	w := newWorld(t, Options{FilesKept: time.Hour})
	_, path, secret := w.sendForm(t, "true", "file", "content")
	for _, c := range []struct {
		after  time.Duration
		secret string
		want   int
	}{
		{time.Hour - time.Millisecond, secret, http.StatusOK},
		{time.Millisecond, secret, http.StatusNotFound},
		{0, "", http.StatusForbidden}, // without the secret, nothing is said of the file
	} {
		w.clock.advance(c.after)
		if res, body := w.get(t, "GET", path, c.secret); res.StatusCode != c.want {
			t.Errorf("status %d, want %d: %s", res.StatusCode, c.want, body)
		}
	}
}
