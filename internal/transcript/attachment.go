package transcript

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/source"
)

const (
	maxEmbedded = 512 << 10 // bytes of a file inside HTML
	maxFile     = 100 << 20 // bytes of a file
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

// element returns the element by which HTML shows a file of a type; "" for one that is
// only saved.
func element(t attachments.Type) string {
	switch t.Media {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return "img"
	case "audio/mpeg", "audio/wave":
		return "audio"
	case "video/mp4", "video/webm":
		return "video"
	}
	return ""
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
	out := &attachments.LimitedWriter{W: io.MultiWriter(file, sum), Left: maxFile}
	err = d.src.Attachment(ctx, m, source.File, out)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case out.Err != nil:
		return out.Err
	case out.Exceeded:
		d.result.Failed++
		e.File.Problem = fmt.Sprintf("the file could not be read: it has more than %d bytes", maxFile)
		return nil
	case errors.Is(err, attachments.ErrScheme):
		d.result.Missing++
		e.File.Problem = "there is no file: the message's URL is not of http or https"
		return nil
	case errors.Is(err, fs.ErrNotExist):
		e.File.Problem = d.absent(m)
		return nil
	case err != nil:
		d.result.Failed++
		e.File.Problem = render.Safe(fmt.Sprintf("the file could not be read: %v", err))
		return nil
	}
	return d.place(file, hex.EncodeToString(sum.Sum(nil)), cmp.Or(name, string(m.Kind)), e.File)
}

// absent counts a file that the source does not have, and says what that means. A file
// that the service should still keep is a failure.
func (d *document) absent(m source.Message) string {
	switch {
	case d.src.About().Kind != source.Live:
		d.result.Missing++
		return "the source does not have the file; roamctl attachments fetch asks the service for it"
	case d.options.Now.Sub(m.Timestamp.Time) > attachments.KeptFor:
		d.result.Missing++
		return "the service no longer has the file: it keeps files for 7 days"
	default:
		d.result.Failed++
		return "the service does not have the file, which is not 7 days old"
	}
}

// place puts a file into the document or beside it. name is what the sender called it.
func (d *document) place(file *os.File, digest, name string, a *attached) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	fileType, err := attachments.DetectIn(file)
	if err != nil {
		return err
	}
	a.Shown = element(fileType)
	if a.Shown != "" && d.options.Attachments == Embed && d.options.Format == HTML && info.Size() <= maxEmbedded {
		content := make([]byte, info.Size())
		if _, err := file.ReadAt(content, 0); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		a.URL = template.URL("data:" + fileType.Media + ";base64," + base64.StdEncoding.EncodeToString(content)) //nolint:gosec // a fixed type and base64
		return nil
	}
	saved, known := d.saved[digest]
	if !known {
		saved = filesFolder + "/" + d.fileNames.Take(fileType.Name(name), digest)
		d.saved[digest] = saved
	}
	a.Path = saved
	a.URL = template.URL((&url.URL{Path: saved}).EscapedPath()) //nolint:gosec // a relative path
	if known {
		return nil
	}
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
