package transcript

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/source"
)

const (
	maxEmbedded = 512 << 10
	maxFile     = 100 << 20
	filesFolder = "files"
)

// attached is a message's file.
type attached struct {
	Name    string       // as the sender called it
	Path    string       // beside the document; "" if it is inside
	URL     template.URL // for src: of an allowed type
	Shown   string       // img, audio, video, or "" for what is only saved
	Problem string       // why it is not there
}

func (a *attached) caption() string {
	if a.Problem != "" {
		return "[" + a.Problem + "]"
	}
	return "file: " + a.Path
}

// shown returns how HTML shows a file of a type, by its content, and the ending of
// its name. Any other is saved as .bin, which no program opens by itself: a stranger
// may have written HTML, SVG or a program.
func shown(content []byte) (element, mediaType, ending string) {
	mediaType, _, _ = strings.Cut(http.DetectContentType(content), ";")
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		element = "img"
	case "audio/mpeg", "audio/wave":
		element = "audio"
	case "video/mp4", "video/webm":
		element = "video"
	default:
		return "", "", ".bin"
	}
	return element, mediaType, "." + map[string]string{"jpeg": "jpg", "mpeg": "mp3", "wave": "wav"}[path.Base(mediaType)] + endingOf(mediaType)
}

func endingOf(mediaType string) string {
	switch base := path.Base(mediaType); base {
	case "jpeg", "mpeg", "wave":
		return ""
	default:
		return base
	}
}

// attach adds the file of a message to its entry.
func (d *document) attach(ctx context.Context, m source.Message, e *entry) error {
	if d.options.Attachments == None || !source.File.Has(m.Message) {
		return nil
	}
	name, _ := m.Body["filename"].(string)
	e.File = &attached{Name: render.Safe(name)}
	file, err := os.CreateTemp(d.dir, ".file-*")
	if err != nil {
		return err
	}
	defer func() { _, _ = file.Close(), os.Remove(file.Name()) }() // it may have been renamed
	sum := sha256.New()
	out := &bounded{to: io.MultiWriter(file, sum), left: maxFile}
	err = d.src.Attachment(ctx, m, source.File, out)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case out.failed != nil && !errors.Is(out.failed, errTooLarge):
		return out.failed // the disk
	case errors.Is(err, fs.ErrNotExist):
		d.result.Missing++
		e.File.Problem = "the file is not there: the service no longer has it, or the source never had it"
		return nil
	case err != nil:
		d.result.Failed++
		e.File.Problem = render.Safe(fmt.Sprintf("the file could not be read: %v", err))
		return nil
	}
	return d.place(file, hex.EncodeToString(sum.Sum(nil)), e.File)
}

// place puts a file into the document or beside it.
func (d *document) place(file *os.File, digest string, a *attached) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	begin := make([]byte, 512)
	n, err := file.ReadAt(begin, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	element, mediaType, ending := shown(begin[:n])
	a.Shown = element
	if element != "" && d.options.Attachments == Embed && d.options.Format == HTML && info.Size() <= maxEmbedded {
		content := make([]byte, info.Size())
		if _, err := file.ReadAt(content, 0); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		a.URL = template.URL("data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(content)) //nolint:gosec // a fixed type and base64
		return nil
	}
	a.Path = filesFolder + "/" + digest + ending
	a.URL = template.URL(a.Path) //nolint:gosec // hex and a fixed ending
	if d.saved[a.Path] {
		return nil
	}
	d.saved[a.Path] = true
	if err := os.MkdirAll(filepath.Join(d.dir, filesFolder), 0o700); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := fsutil.Rename(file.Name(), filepath.Join(d.dir, filepath.FromSlash(a.Path))); err != nil {
		return err
	}
	d.result.Files = append(d.result.Files, File{Path: a.Path, Bytes: info.Size(), SHA256: digest})
	return nil
}

var errTooLarge = fmt.Errorf("it has more than %d bytes", maxFile)

// bounded refuses more than left bytes, and keeps its error.
type bounded struct {
	to     io.Writer
	left   int64
	failed error
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (n int, err error) {
	if b.left -= int64(len(p)); b.left < 0 {
		b.failed = errTooLarge
		return 0, b.failed
	}
	n, b.failed = b.to.Write(p)
	return n, b.failed
}
