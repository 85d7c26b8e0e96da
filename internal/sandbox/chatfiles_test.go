package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// upload uploads content as alice, restricted, and returns the path to download it with
// its secret.
func (w world) upload(t *testing.T, content []byte) (path string, status int) {
	t.Helper()
	var form bytes.Buffer
	to := multipart.NewWriter(&form)
	part, err := to.CreateFormFile("file", "name")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	req := w.request(t, "POST", "/chatfiles", w.auth(t, "alice"), form.String())
	req.Header.Set("Content-Type", to.FormDataContentType())
	req.Header.Set("restrict-access", "true")
	status, body := w.send(t, req)
	var a struct {
		Entities []struct {
			UUID   string `json:"uuid"`
			Secret string `json:"share-secret"`
		} `json:"entities"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Entities) == 1 {
		path = "/chatfiles/" + a.Entities[0].UUID + "?share-secret=" + a.Entities[0].Secret
	}
	return path, status
}

// stored returns how many files the data folder has.
func (w world) stored(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(w.s.dir, store.FilesName))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestDownloadIsWhatWasUploaded(t *testing.T) {
	w := newWorld(t, Options{Dir: t.TempDir()})
	for kind, content := range map[string]string{
		"application/octet-stream": "<script>alert(1)</script>",
		"image/png":                "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\xff", 5000),
	} {
		path, status := w.upload(t, []byte(content))
		if status != http.StatusOK {
			t.Fatal(status)
		}
		res, err := w.s.Transport().RoundTrip(w.request(t, "GET", path, "", ""))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Content-Type"); got != kind || res.ContentLength != int64(len(content)) {
			t.Errorf("type %s, %d bytes, want %s, %d", got, res.ContentLength, kind, len(content))
		}
		// Also after the sandbox was closed and opened again.
		again := world{s: open(t, Options{Dir: w.s.dir, Now: w.clock.Now}), clock: w.clock}
		if status, body := again.do(t, "GET", path, "", ""); status != http.StatusOK || string(body) != content {
			t.Errorf("status %d, %q", status, body)
		}
	}
	if info, err := w.s.Info(t.Context()); err != nil || info.Files != 2 {
		t.Errorf("info: %+v, %v", info, err)
	}
}

func TestFilesAreBounded(t *testing.T) {
	w := newWorld(t, Options{Dir: t.TempDir()})
	const most = 10 << 20
	if _, status := w.upload(t, make([]byte, most)); status != http.StatusOK {
		t.Errorf("10 MB: status %d", status)
	}
	if _, status := w.upload(t, make([]byte, most+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("more than 10 MB: status %d", status)
	}
	if n := w.stored(t); n != 1 {
		t.Errorf("%d files are stored, want 1", n)
	}
}

func TestExpiredFilesGo(t *testing.T) {
	w := newWorld(t, Options{Dir: t.TempDir(), FilesKept: time.Hour})
	old, _ := w.upload(t, []byte("old"))
	w.clock.advance(time.Hour)
	if status, _ := w.do(t, "GET", old, "", ""); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
	if _, status := w.upload(t, []byte("new")); status != http.StatusOK || w.stored(t) != 1 {
		t.Errorf("status %d, %d files", status, w.stored(t))
	}
	if status, body := w.do(t, "GET", old, "", ""); status != http.StatusNotFound || !bytes.Contains(body, []byte("file_expired")) {
		t.Errorf("status %d: %s", status, body)
	}
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Reset(t.Context(), w.s.dir); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(w.s.dir); err != nil || len(left) > 0 {
		t.Errorf("after a reset: %v, %v", left, err)
	}
}

// TestRecallTakesTheFile: the file of a recalled message is deleted (docs/contract.md,
// section 9).
func TestRecallTakesTheFile(t *testing.T) {
	w := newWorld(t, Options{Dir: t.TempDir()})
	path, _ := w.upload(t, []byte("picture"))
	other, _ := w.upload(t, []byte("other"))
	url, _, _ := strings.Cut(path, "?")
	_, err := w.s.Send(t.Context(), Message{
		ID: 501, Type: "chat", From: "alice", To: "bob", Time: w.clock.Now(),
		Body: map[string]any{"type": "img", "url": "https://any.invalid/org/app" + url},
	})
	if err != nil {
		t.Fatal(err)
	}
	recall := `{"msg_id":"501","from":"alice","to":"bob","chat_type":"chat","force":true}`
	if status, body := w.do(t, "POST", "/messages/msg_recall", w.auth(t, "app"), recall); status != http.StatusOK {
		t.Fatalf("status %d: %s", status, body)
	}
	if status, body := w.do(t, "GET", path, "", ""); status != http.StatusNotFound || !bytes.Contains(body, []byte("entity_not_found")) {
		t.Errorf("status %d: %s", status, body)
	}
	if status, _ := w.do(t, "GET", other, "", ""); status != http.StatusOK || w.stored(t) != 1 {
		t.Errorf("the other file: status %d, %d files", status, w.stored(t))
	}
}

func TestThumbnail(t *testing.T) {
	w := newWorld(t, Options{})
	picture := image.NewRGBA(image.Rect(0, 0, 680, 340))
	for i := range picture.Pix {
		picture.Pix[i] = byte(i * i) // does not compress to 10 KB
	}
	picture.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		t.Fatal(err)
	}
	path, _ := w.upload(t, b.Bytes())
	status, small := w.do(t, "GET", path+"&thumbnail=true", "", "")
	c, format, err := image.DecodeConfig(bytes.NewReader(small))
	if got := fmt.Sprint(status, format, c.Width, c.Height, err); got != "200jpeg170 85 <nil>" {
		t.Errorf("the thumbnail is %s", got)
	}
	// A picture that would fill the memory is not decoded.
	huge := bytes.Clone(b.Bytes())
	i := bytes.Index(huge, []byte{0xff, 0xc0})
	copy(huge[i+5:], "\xff\xff\xff\xff")
	path, _ = w.upload(t, huge)
	if status, _ := w.do(t, "GET", path+"&thumbnail=true", "", ""); status != http.StatusNotFound {
		t.Errorf("65535 pixels square: status %d", status)
	}
}
