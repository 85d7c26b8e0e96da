package attachments

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/fsutil"
)

// headSize is how many bytes of a file Detect reads.
const headSize = 512

// unsafeEnding is the ending of files that no program should open by itself.
const unsafeEnding = "bin"

// Type is what a file is, by its content.
type Type struct {
	Media string // such as image/png; application/octet-stream if unknown
	// endings are those of names under which the file may be opened, the usual first.
	// HTML, SVG, programs and unknown files have none.
	endings []string
}

// Detect returns the type of a file that begins with head.
func Detect(head []byte) Type {
	head = head[:min(len(head), headSize)]
	media := byBrand(head)
	if media == "" {
		media, _, _ = strings.Cut(http.DetectContentType(head), ";")
	}
	if text := bytes.ToLower(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n")); bytes.HasPrefix(text, []byte("<")) && bytes.Contains(text, []byte("<svg")) {
		media = "image/svg+xml"
	}
	return Type{media, endings(media)}
}

// DetectIn returns the type of a file.
func DetectIn(file io.ReaderAt) (Type, error) {
	head := make([]byte, headSize)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Type{}, err
	}
	return Detect(head[:n]), nil
}

// byBrand returns the types that net/http does not know: AMR, and containers by the
// brand in their first box (ISO/IEC 14496-12).
func byBrand(head []byte) string {
	if bytes.HasPrefix(head, []byte("#!AMR")) {
		return "audio/amr"
	}
	if len(head) < 12 || string(head[4:8]) != "ftyp" {
		return ""
	}
	switch brand := string(head[8:12]); {
	case brand == "qt  ":
		return "video/quicktime"
	case brand == "M4A ":
		return "audio/mp4"
	case strings.HasPrefix(brand, "3gp"):
		return "video/3gpp"
	case slices.Contains([]string{"heic", "heix", "mif1", "msf1"}, brand):
		return "image/heic"
	case slices.Contains([]string{"isom", "iso2", "avc1", "M4V "}, brand):
		return "video/mp4"
	}
	return ""
}

func endings(media string) []string {
	switch media {
	case "image/jpeg":
		return []string{"jpg", "jpeg"}
	case "image/png", "image/gif", "image/webp", "image/bmp", "image/heic", "video/webm", "application/pdf", "audio/amr":
		return []string{path.Base(media)}
	case "audio/mpeg":
		return []string{"mp3"}
	case "audio/wave":
		return []string{"wav"}
	case "audio/mp4":
		return []string{"m4a"}
	case "application/ogg":
		return []string{"ogg", "oga", "opus"}
	case "video/mp4":
		return []string{"mp4", "m4v", "m4a"}
	case "video/quicktime":
		return []string{"mov"}
	case "video/3gpp":
		return []string{"3gp"}
	case "text/plain":
		return []string{"txt", "log"}
	case "application/zip": // office documents are zip files; those with macros have other endings
		return []string{"zip", "docx", "xlsx", "pptx", "odt", "ods", "odp"}
	case "application/x-gzip":
		return []string{"gz"}
	case "application/x-rar-compressed":
		return []string{"rar"}
	}
	return nil
}

// IsText reports whether the file is text, HTML or XML.
func (t Type) IsText() bool { return strings.HasPrefix(t.Media, "text/") }

// Fits reports whether a name has an ending of the type.
func (t Type) Fits(name string) bool {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	return slices.Contains(t.endings, ending)
}

// Name makes a file name of what the sender called the file. It is safe on every
// file system, and its ending is that of the content: names with another get the
// right one appended, or .bin if the content is not safe to open.
func (t Type) Name(declared string) string {
	name := fsutil.SafeName(declared)
	if t.Fits(name) || strings.EqualFold(path.Ext(name), "."+unsafeEnding) {
		return name
	}
	if len(t.endings) == 0 || t.IsText() && path.Ext(name) != "" { // such as run.bat
		return name + "." + unsafeEnding
	}
	return name + "." + t.endings[0]
}
