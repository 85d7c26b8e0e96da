package sandbox

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// noise returns a picture that does not compress.
func noise(width, height int) image.Image {
	picture := image.NewGray(image.Rect(0, 0, width, height))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range picture.Pix {
		picture.Pix[i] = byte(random.Uint32())
	}
	return picture
}

func encoded(t *testing.T, format string, picture image.Image) string {
	t.Helper()
	var b bytes.Buffer
	err := map[string]func() error{
		"gif":  func() error { return gif.Encode(&b, picture, nil) },
		"jpeg": func() error { return jpeg.Encode(&b, picture, nil) },
		"png":  func() error { return png.Encode(&b, picture) },
	}[format]()
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A thumbnail fits into 170 pixels square, keeps the proportions and never enlarges.
func TestSizesOfThumbnails(t *testing.T) {
	w := newWorld(t, Options{})
	for _, c := range []struct {
		format        string
		width, height int
		want          string
	}{
		{"png", 340, 170, "png 170x85"},
		{"jpeg", 170, 340, "jpeg 85x170"},
		{"gif", 340, 340, "png 170x170"},
		{"png", 171, 171, "png 170x170"},
		{"png", 170, 170, "png 170x170"},
		{"png", 160, 100, "png 160x100"},
		{"png", 20000, 2, "png 170x1"},
	} {
		content := encoded(t, c.format, noise(c.width, c.height))
		if len(content) <= 10<<10 {
			t.Fatalf("the picture has %d bytes only", len(content))
		}
		_, path, _ := w.sendForm(t, "", "file", content)
		_, body := w.get(t, "GET", path+"?thumbnail=true", "")
		config, format, err := image.DecodeConfig(strings.NewReader(body))
		if got := fmt.Sprintf("%s %dx%d", format, config.Width, config.Height); got != c.want || err != nil {
			t.Errorf("%s %dx%d: %s, %v, want %s", c.format, c.width, c.height, got, err, c.want)
		}
	}
}

// A picture of 10 KiB or less is its own thumbnail, and other files have none.
func TestFilesAsTheyAreAndWithoutThumbnail(t *testing.T) {
	w := newWorld(t, Options{})
	small := encoded(t, "png", noise(300, 10))
	small += strings.Repeat("\x00", 10<<10-len(small))
	video := "\x00\x00\x00\x10ftypmp42\x00\x00\x00\x00"
	broken := encoded(t, "png", noise(300, 300))[:20<<10]
	for name, c := range map[string]struct {
		content, query string
		status         int
		same           bool
	}{
		"10 KiB":            {small, "?thumbnail=true", http.StatusOK, true},
		"more":              {small + "x", "?thumbnail=true", http.StatusOK, false},
		"whole":             {small + "x", "", http.StatusOK, true},
		"not a thumbnail":   {small + "x", "?thumbnail=false", http.StatusOK, true},
		"a frame of it":     {small + "x", "?vframe=true", http.StatusOK, false},
		"a video":           {video, "?thumbnail=true", http.StatusNotFound, false},
		"a frame of one":    {video, "?vframe=true", http.StatusNotFound, false},
		"the video":         {video, "", http.StatusOK, true},
		"a broken picture":  {broken, "?thumbnail=true", http.StatusNotFound, false},
		"the picture of it": {broken, "", http.StatusOK, true},
	} {
		_, path, _ := w.sendForm(t, "", "file", c.content)
		if res, body := w.get(t, "GET", path+c.query, ""); res.StatusCode != c.status || (body == c.content) != c.same {
			t.Errorf("%s: status %d, %d bytes of %d", name, res.StatusCode, len(body), len(c.content))
		}
	}
	_, path, _ := w.sendForm(t, "", "file", small+"x")
	req := w.request(t, "GET", path, "", "")
	req.Header.Set("thumbnail", "true")
	if status, body := w.send(t, req); status != http.StatusOK || string(body) == small+"x" {
		t.Errorf("by the header: status %d, %d bytes", status, len(body))
	}
}
