// Package transcript writes conversations as documents for people: HTML that needs
// no network and no script, text and Markdown.
package transcript

import (
	"context"
	"errors"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// Format is the format of the documents.
type Format string

// The formats. Each is also the ending of the documents' names, except Text's.
const (
	HTML     Format = "html"
	Text     Format = "text"
	Markdown Format = "md"
)

// Formats returns all formats.
func Formats() []Format { return []Format{HTML, Text, Markdown} }

// Attachments says what becomes of the messages' files.
type Attachments string

// The ways. Embed puts small ones into HTML and saves the others beside it.
const (
	Embed  Attachments = "embed"
	Beside Attachments = "beside"
	None   Attachments = "none"
)

// Options say what to write.
type Options struct {
	source.Selection

	Format      Format
	Attachments Attachments
	Zone        *time.Location
	AppKey      string // of the profile, which may not be that of the source; "" if unknown
	Made        time.Time
	Now         time.Time // by which files of the service expire
	By          string    // who makes it
	Version     string
	// Redactor, if not nil, redacts the messages and checks the documents.
	Redactor *redact.Redactor
}

// Result is what was written.
type Result struct {
	Dir           string `json:"dir"`
	Conversations int    `json:"conversations"`
	Messages      int    `json:"messages"`
	Unreadable    int    `json:"unreadable"`
	Gaps          int    `json:"gaps"`
	Missing       int    `json:"missing"` // attachments that the source does not have
	Failed        int    `json:"failed"`  // attachments that could not be read
	Files         []File `json:"files"`
}

// File is a file of a transcript.
type File struct {
	Path   string `json:"path"` // below the folder
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Write writes a transcript to a folder that is new or empty; any other is a
// fault.Safety. The folder is complete or not there. What a killed process left beside it
// is removed.
func Write(ctx context.Context, src source.Source, dir string, o Options) (_ Result, err error) {
	parent := filepath.Dir(dir)
	fsutil.RemoveStale(parent)
	if err := mustBeFree(dir); err != nil {
		return Result{}, err
	}
	o.Query.Forms = o.Redactor == nil
	if o.Redactor != nil {
		src = source.Redacted(src, o.Redactor)
		o.Query.Filter.Source = o.Redactor.Text(o.Query.Filter.Source)
	}
	if err := fsutil.Folder(parent); err != nil {
		return Result{}, cannotWrite(err, dir)
	}
	tmp, err := fsutil.NewTempFolder(parent)
	if err != nil {
		return Result{}, cannotWrite(err, dir)
	}
	defer func() { err = errors.Join(err, tmp.Close()) }()
	w := &writer{src: src, dir: tmp.Path, options: o, saved: map[string]string{}, result: Result{Dir: dir, Files: []File{}}}
	if w.templates, err = pageTemplates(); err != nil {
		return Result{}, err
	}
	if err := w.all(ctx); err != nil {
		return Result{}, cannotWrite(err, dir)
	}
	if err := mustBeFree(dir); err != nil {
		return Result{}, err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Result{}, cannotWrite(err, dir)
	}
	if err := tmp.MoveTo(dir); err != nil {
		return Result{}, cannotWrite(err, dir)
	}
	return w.result, nil
}

// mustBeFree refuses a folder that has something in it.
func mustBeFree(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return cannotWrite(err, dir)
	case len(entries) > 0:
		return fault.New(fault.Safety, "%s is not empty, and transcript replaces no file", dir).WithHint("name a new folder with --out")
	}
	return nil
}

func cannotWrite(err error, dir string) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok && fault.KindOf(err) == fault.Bug {
		return fault.Wrap(fault.Config, pathError, "cannot write the transcript to %s", dir)
	}
	return err
}

// writer writes the documents of a transcript.
type writer struct {
	src       source.Source
	dir       string
	options   Options
	names     attachments.Names // of documents
	saved     map[string]string // the paths of attachments, by digest
	fileNames attachments.Names
	templates *template.Template
	result    Result
	index     []head
}

// nothing is the error of a transcript without messages.
func (w *writer) nothing() error {
	var named []string
	for _, ref := range w.options.Conversations {
		named = append(named, ref.Conversation)
	}
	where := ""
	if len(named) > 0 {
		where = " in the conversation with " + strings.Join(named, ", ")
	}
	return fault.New(fault.NotFound, "%s has no matching messages%s in %s", w.options.User, where, w.src.About().Name).
		WithHint("leave out --conversation, the range or QUERY, or name another source")
}

func (w *writer) all(ctx context.Context) error {
	refs, unreadable, err := w.options.Refs(ctx, w.src)
	if err != nil {
		return err
	}
	w.result.Unreadable = unreadable
	for _, ref := range refs {
		if err := w.conversation(ctx, ref); err != nil {
			return err
		}
	}
	if len(w.index) == 0 || w.result.Messages+w.result.Unreadable == 0 {
		return w.nothing()
	}
	if len(refs) > 1 {
		return w.writeIndex()
	}
	return nil
}

// ending is that of the documents' names.
func (f Format) ending() string {
	if f == Text {
		return ".txt"
	}
	return "." + string(f)
}

// name returns a free name for a document.
func (w *writer) name(ref roaming.Ref) string {
	base := fsutil.SafeName(string(ref.Type) + "-" + ref.Conversation)
	for n := 1; ; n++ {
		if name := numbered(base, n) + w.options.Format.ending(); w.names.Reserve(name) {
			return name
		}
	}
}

// numbered returns the nth of names that begin alike: base, base-2, base-3.
func numbered(base string, n int) string {
	if n == 1 {
		return base
	}
	return base + "-" + strconv.Itoa(n)
}
