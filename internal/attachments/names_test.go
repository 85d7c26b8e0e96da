package attachments

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/fsutil"
)

// heads are the first bytes of files by their type.
func heads() map[string]string {
	return map[string]string{
		"image/png": "\x89PNG\r\n\x1a\n", "image/jpeg": "\xff\xd8\xff\xe0", "image/gif": "GIF89a", "image/webp": "RIFF\x00\x00\x00\x00WEBPVP",
		"image/svg+xml": "\ufeff <?xml version='1.0'?>\n<SVG onload='x'/>", "image/heic": "\x00\x00\x00\x18ftypheic",
		"audio/wave": "RIFF\x00\x00\x00\x00WAVE", "audio/mpeg": "ID3\x03", "audio/amr": "#!AMR\n\x3c", "audio/mp4": "\x00\x00\x00\x18ftypM4A ",
		"video/mp4": "\x00\x00\x00\x18ftypisom", "video/quicktime": "\x00\x00\x00\x14ftypqt  ", "video/3gpp": "\x00\x00\x00\x18ftyp3gp4",
		"application/pdf": "%PDF-1.7", "application/zip": "PK\x03\x04", "application/octet-stream": "MZ\x90\x00\x03",
		"text/html": "\n<!DOCTYPE html><p>", "text/xml": "<?xml version='1.0'?>", "text/plain": "发票\n",
	}
}

func TestTypesAndNames(t *testing.T) {
	for media, head := range heads() {
		if got := Detect([]byte(head)).Media; got != media {
			t.Errorf("%q is %s, want %s", head, got, media)
		}
	}
	for _, c := range []struct{ media, declared, want string }{
		{"image/jpeg", "猫.JPG", "猫.JPG"},
		{"image/png", "photo.jpg", "photo.jpg.png"},
		{"image/png", "photo", "photo.png"},
		{"text/html", "photo.jpg", "photo.jpg.bin"},
		{"text/html", "notes.txt", "notes.txt.bin"},
		{"image/svg+xml", "drawing.svg", "drawing.svg.bin"},
		{"application/octet-stream", "setup.exe", "setup.exe.bin"},
		{"application/octet-stream", "data.bin", "data.bin"},
		{"application/octet-stream", "发票.pdf", "发票.pdf.bin"},
		{"application/pdf", "发票.pdf", "发票.pdf"},
		{"application/zip", "offer.docx", "offer.docx"},
		{"application/zip", "offer.docm", "offer.docm.zip"},
		{"text/plain", "run.bat", "run.bat.bin"},
		{"text/plain", "notes", "notes.txt"},
		{"audio/amr", "voice", "voice.amr"},
		{"image/png", "exe.\u202egnp.scr", "exe._gnp.scr.png"},
		{"image/png", `..\..\con.png`, "_.._con.png"},
		{"image/png", "CON.png", "_CON.png"},
	} {
		if got := Detect([]byte(heads()[c.media])).Name(c.declared); got != c.want {
			t.Errorf("%s as %q: %q, want %q", c.media, c.declared, got, c.want)
		}
	}
}

// Whatever senders call their files, each has a name of its own on every file system,
// and only files that are safe to open have a name that opens them.
func TestNamesOfAFolder(t *testing.T) {
	dangerous := []string{".html", ".htm", ".svg", ".exe", ".bat", ".cmd", ".com", ".scr", ".js", ".vbs", ".ps1", ".sh", ".hta", ".lnk", ".docm", ".app"}
	declared := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[./\\ A-Za-z\x00-\x1f:~é]{0,300}\.(jpg|html|exe|svg|PNG)`),
		rapid.SampledFrom([]string{"", "a.png", "A.PNG", "a~0000000000.png", "ß.png", "SS.png", "café.png", "cafe\u0301.png", "a\ufe0f.png", "manifest.ndjson", "MANIFEST.NDJSON", "com¹", "nul.txt", ".. ."}),
	)
	all := heads()
	media := make([]string, 0, len(all))
	for m := range all {
		media = append(media, m)
	}
	slices.Sort(media)
	rapid.Check(t, func(t *rapid.T) {
		var names Names
		names.Reserve("manifest.ndjson")
		taken := map[string]string{}
		for range rapid.IntRange(1, 12).Draw(t, "files") {
			in, kind := declared.Draw(t, "declared"), rapid.SampledFrom(media).Draw(t, "media")
			sum := sha256.Sum256([]byte(in))
			got := names.Take(Detect([]byte(all[kind])).Name(in), hex.EncodeToString(sum[:]))
			if fsutil.SafeName(got) != got && len(got) <= 160 || len(got) > 190 || !utf8.ValidString(got) || path.Base(got) != got || strings.HasSuffix(got, ".") {
				t.Fatalf("%q as %s: %q", in, kind, got)
			}
			if slices.Contains(dangerous, strings.ToLower(path.Ext(got))) {
				t.Fatalf("%q as %s opens as a program: %q", in, kind, got)
			}
			key := cases.Fold().String(norm.NFC.String(got))
			if was, ok := taken[key]; ok || key == "manifest.ndjson" {
				t.Fatalf("%q and %q are one file on some file systems", was, got)
			}
			taken[key] = got
		}
	})
}
