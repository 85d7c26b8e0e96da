package sandbox

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	_ "image/png" // a picture of the demo
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

type demoBody struct {
	Type       string `json:"type"`
	Name       string `json:"filename"`
	URL        string `json:"url"`
	Thumb      string `json:"thumb"`
	Secret     string `json:"secret"`
	FileLength int    `json:"file_length"`
	Length     int    `json:"length"` // s
	Size       struct {
		Width, Height int
	}
}

// TestDemoFiles downloads every file of the demo: each is there, and as its message
// says.
func TestDemoFiles(t *testing.T) {
	s := open(t, Options{})
	if _, err := s.SeedDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for m, err := range s.store.Sent(t.Context(), 0, time.Now().UnixMilli()) {
		if err != nil {
			t.Fatal(err)
		}
		var message struct {
			Bodies []demoBody `json:"bodies"`
		}
		if err := json.Unmarshal(m.Body, &message); err != nil {
			t.Fatal(err)
		}
		for _, b := range message.Bodies {
			if !strings.Contains(b.URL, "/chatfiles/") {
				continue
			}
			content := b.get(t, s, b.URL)
			if len(content) != b.FileLength {
				t.Errorf("%s has %d bytes, its message says %d", b.Name, len(content), b.FileLength)
			}
			if b.Thumb != "" {
				b.check(t, "img", b.get(t, s, b.Thumb))
			}
			b.check(t, b.Type, content)
			found[b.Type]++
		}
	}
	if got := fmt.Sprint(found); got != "map[audio:2 combine:1 file:2 img:2 txt:1 video:1]" {
		t.Errorf("the demo has files of %s", got)
	}
}

func (b demoBody) get(t *testing.T, s *Sandbox, url string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("share-secret", b.Secret)
	res, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", b.Name, res.Status, err)
	}
	return content
}

// check reports content that is not of a kind, or not as its message says.
func (b demoBody) check(t *testing.T, kind string, content []byte) {
	t.Helper()
	begins := func(with string) {
		t.Helper()
		if !bytes.HasPrefix(content, []byte(with)) {
			t.Errorf("%s begins with %.12q, want %q", b.Name, content, with)
		}
	}
	switch kind {
	case "img":
		c, _, err := image.DecodeConfig(bytes.NewReader(content))
		if err != nil || c.Width != b.Size.Width || c.Height != b.Size.Height {
			t.Errorf("%s has %d × %d pixels (%v), its message says %v", b.Name, c.Width, c.Height, err, b.Size)
		}
	case "audio":
		if strings.HasSuffix(b.Name, ".amr") {
			begins("#!AMR\n")
			return
		}
		begins("RIFF")
		perSecond := binary.LittleEndian.Uint32(content[28:])
		if got := (len(content) - 44) / int(perSecond); got != b.Length {
			t.Errorf("%s lasts %d s, its message says %d", b.Name, got, b.Length)
		}
	case "video":
		begins("\x00\x00\x00\x20ftypisom")
		i := bytes.Index(content, []byte("mvhd"))
		scale, long := binary.BigEndian.Uint32(content[i+16:]), binary.BigEndian.Uint32(content[i+20:])
		if got := int(long / scale); got != b.Length {
			t.Errorf("%s lasts %d s, its message says %d", b.Name, got, b.Length)
		}
	case "file":
		begins("%PDF-1.4\n")
	default: // combined
		begins("cm")
	}
}
