package transcript

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// document is a conversation's document while it is written. The messages are in a
// temporary file until the head, which counts them, is known.
type document struct {
	*writer

	head    head
	out     layout
	digest  hash.Hash
	entries int    // in all
	day     string // of the last entry
	sender  string // of the last entry
	senders map[string]int
	written []written // the entries of a document that is checked
}

// conversation writes a conversation's document.
func (w *writer) conversation(ctx context.Context, ref roaming.Ref) (err error) {
	body, err := os.CreateTemp(w.dir, ".body-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close(), os.Remove(body.Name())) }()
	buffered := bufio.NewWriterSize(body, 256<<10)
	d := &document{writer: w, digest: sha256.New(), senders: map[string]int{}, out: w.layout(buffered)}
	d.head = newHead(w.src.About(), ref, w.options)
	if err := d.messages(ctx, ref); err != nil {
		return err
	}
	if err := errors.Join(d.out.end(), d.edge(roaming.Up), buffered.Flush()); err != nil {
		return err
	}
	own := 0 // gaps
	for g, err := range w.src.Gaps(ctx, ref, w.options.Query) {
		if err != nil {
			return err
		}
		d.head.addGap(g)
		if !g.Shared {
			own++
		}
	}
	if len(w.options.Conversations) == 0 && d.entries == 0 && own == 0 {
		return nil // the range or the query takes nothing of it
	}
	d.head.finish(hex.EncodeToString(d.digest.Sum(nil)))
	d.head.File = w.name(ref)
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	err = w.file(d.head.File, func(out io.Writer) error {
		l := w.layout(out)
		if err := l.head(d.head); err != nil {
			return err
		}
		if _, err := io.Copy(out, body); err != nil {
			return err
		}
		return l.foot()
	})
	if err == nil && w.options.Redactor != nil {
		err = w.check(d.head.File, d.written)
	}
	w.result.Conversations++
	w.result.Messages += d.head.Messages
	w.result.Unreadable += d.head.Unreadable
	w.result.Gaps += len(d.head.Gaps)
	w.index = append(w.index, d.head.listed())
	return err
}

func (d *document) messages(ctx context.Context, ref roaming.Ref) error {
	for m, err := range d.src.Messages(ctx, ref, d.options.Query) {
		if item, ok := errors.AsType[*roaming.ItemError](err); ok {
			d.head.Unreadable++
			if err := d.hash(json.Marshal(map[string]string{"unreadable": item.Raw})); err != nil {
				return err
			}
			if err := d.add(unreadable(item, d.day)); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if err := d.message(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) message(ctx context.Context, m source.Message) error {
	if err := d.hash(digestLine(m.Message)); err != nil {
		return err
	}
	e := newEntry(m, d.options.User, d.options.Zone)
	d.head.count(m, e)
	if _, known := d.senders[m.From]; !known {
		d.senders[m.From] = len(d.senders)
	}
	e.Color = d.senders[m.From] % colors
	if err := d.attach(ctx, m, &e); err != nil {
		return err
	}
	return d.add(e)
}

// add writes an entry, after a heading when the day changes.
func (d *document) add(e entry) error {
	e.New = e.Day != d.day || e.From != d.sender
	if d.entries == 0 {
		if err := d.edge(roaming.Down); err != nil {
			return err
		}
	}
	if d.entries == 0 || e.Day != d.day {
		if err := d.out.day(d.head.day(e)); err != nil {
			return err
		}
	}
	d.entries++
	d.day, d.sender = e.Day, e.From
	if d.options.Redactor != nil {
		d.written = append(d.written, e.written())
	}
	return d.out.entry(e)
}

// edge says at the oldest end, which is the first in a direction, that there may have
// been older messages.
func (d *document) edge(first roaming.Direction) error {
	down := d.options.Query.Direction == roaming.Down
	text := edge(d.src.About())
	if down != (first == roaming.Down) || text == "" {
		return nil
	}
	return d.out.edge(text)
}

func unreadable(item *roaming.ItemError, day string) entry {
	e := entry{Class: "bad", Day: day}
	e.mark("unreadable item", item.Err.Error())
	return e
}

func (d *document) hash(line []byte, err error) error {
	if err == nil {
		_, err = d.digest.Write(append(line, '\n'))
	}
	return err
}

// digestLine is a message's part of the digest: its JSON without the raw bytes and
// without what signs the URLs of files, so that every source gives the same.
func digestLine(m roaming.Message) ([]byte, error) {
	m.Raw, m.Body = nil, maps.Clone(m.Body)
	for _, name := range []string{"url", "secret", "thumb", "thumb_secret"} {
		delete(m.Body, name)
	}
	return m.AppendJSON(nil)
}

// file writes a file of the transcript and notes its SHA-256.
func (w *writer) file(name string, write func(io.Writer) error) (err error) {
	f, err := fsutil.Create(filepath.Join(w.dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(f, sum), 256<<10)
	if err = write(out); err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	size, seekErr := f.Seek(0, io.SeekCurrent)
	w.result.Files = append(w.result.Files, File{Path: name, Bytes: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return errors.Join(err, seekErr, f.Close())
}
