// Command gen-demo draws, plays and writes the files of the sandbox's demo. Run it from
// the root of the repository; it needs ffmpeg for the video, and sox for the AMR voice
// (Debian's packages ffmpeg, sox and libsox-fmt-base).
package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	if err := run("internal/sandbox/demo"); err != nil {
		fmt.Fprintln(os.Stderr, "gen-demo:", err)
		os.Exit(1)
	}
}

// The video's frames: three seconds of a sunrise.
const (
	frames    = 36
	frameRate = "12"
	videoWide = 270
	videoTall = 480
)

func run(dir string) error {
	made := map[string][]byte{
		"voice.wav":   voice(),
		"route.pdf":   pdf(routeMap),
		"invoice.pdf": pdf(invoice()),
	}
	for name, picture := range map[string]image.Image{
		"summit.jpg": landscape(1280, 960, 0.8),
		"sunset.png": flat(landscape(480, 320, 0.3)),
		"thumb.jpg":  landscape(videoWide, videoTall, 0),
	} {
		var b bytes.Buffer
		encode := func() error { return jpeg.Encode(&b, picture, &jpeg.Options{Quality: 80}) }
		if filepath.Ext(name) == ".png" {
			encode = func() error { return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, picture) }
		}
		if err := encode(); err != nil {
			return err
		}
		made[name] = b.Bytes()
	}
	for name, content := range made {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return encoded(dir)
}

// encoded writes what other programs encode.
func encoded(dir string) error {
	var raw bytes.Buffer
	for i := range frames {
		raw.Write(landscape(videoWide, videoTall, float64(i)/frames).Pix)
	}
	size := fmt.Sprintf("%dx%d", videoWide, videoTall)
	for _, args := range [][]string{
		{
			"ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgba", "-s", size, "-r", frameRate, "-i", "-",
			"-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-crf", "30", "-bitexact", "-movflags", "+faststart", "summit.mp4",
		},
		{"sox", "voice.wav", "-C", "5", "-t", "amr-nb", "voice.amr"},
	} {
		cmd := exec.CommandContext(context.Background(), args[0], args[1:]...) //nolint:gosec // fixed arguments
		cmd.Dir, cmd.Stdin = dir, bytes.NewReader(raw.Bytes())
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
		}
	}
	return nil
}
