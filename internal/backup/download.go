package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	// atOnce is how many attachments of a backup are downloaded side by side.
	atOnce = 4
	// maxQueued is how many wait for their turn, or for a slow one before them.
	maxQueued = 16
	// keptFor is how long the service keeps an attachment by default (contract, section 6).
	keptFor = 7 * 24 * time.Hour
)

// errOutOfTime ends the downloads that Options.AttachmentsWithin leaves no time for.
var errOutOfTime = errors.New("the time for all attachments is up")

// downloads are the attachments of a backup that are in flight. The zero value
// has none.
type downloads struct {
	ctx     context.Context //nolint:containedctx // of all downloads, which outlive AddAttachments
	cancel  context.CancelFunc
	slots   chan struct{}
	running sync.WaitGroup
	queue   []<-chan downloaded // in the order of the messages
	first   *Attachment         // the first that is missing
}

// downloaded is how a download ended. Err is an error of writing, or the end of the run.
type downloaded struct {
	Attachment

	file File
	err  error
}

// AddAttachments downloads what a message refers to, when Options had a
// Fetcher. It returns before all of it is there; Commit waits for the rest.
// What can't be fetched, or is larger than MaxAttachment, is listed with the
// reason, and Commit decides on it. Failing to write is an error, and so is the
// end of ctx.
func (w *Writer) AddAttachments(ctx context.Context, m roaming.Message) error {
	if w.err != nil {
		return w.err
	}
	if w.attachments == nil {
		return nil
	}
	for _, a := range attachmentsOf(m) {
		now := w.o.AttachmentsAsOf
		if now.IsZero() {
			now = w.o.Now()
		}
		a.old = expires(m, now)
		if len(w.downloads.queue) == maxQueued {
			if err := w.collect(); err != nil {
				return w.fail(err)
			}
		}
		if err := w.download(ctx, a); err != nil {
			return w.fail(err)
		}
	}
	return nil
}

// expires reports whether the service may have removed a message's attachments
// by itself. A message without a time, or with one that no service gave it, is
// no evidence of that.
func expires(m roaming.Message, now time.Time) bool {
	const firstYear = 2010 // the service is younger
	return m.Timestamp.Year() >= firstYear && now.Sub(m.Timestamp.Time) > keptFor
}

// download begins to fetch an attachment into a new file.
func (w *Writer) download(ctx context.Context, a Attachment) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	d := &w.downloads
	if d.ctx == nil {
		d.slots = make(chan struct{}, atOnce)
		d.ctx, d.cancel = context.WithCancel(ctx)
		if w.o.AttachmentsWithin > 0 {
			d.ctx, d.cancel = context.WithTimeoutCause(ctx, w.o.AttachmentsWithin, errOutOfTime)
		}
	}
	out, err := w.newAttachment(a)
	if err != nil {
		return err
	}
	done := make(chan downloaded, 1)
	d.queue = append(d.queue, done)
	d.running.Go(func() {
		d.slots <- struct{}{}
		defer func() { <-d.slots }()
		done <- w.fetch(ctx, d.ctx, a, out)
	})
	return nil
}

// fetch fetches into a file, which goes again when that fails. Only an error of
// writing and the end of the run, but not that of the time for it, are errors.
func (w *Writer) fetch(run, within context.Context, a Attachment, out *output) downloaded {
	limited := &limitedWriter{w: out, left: w.o.MaxAttachment}
	err := within.Err()
	if err == nil {
		_, err = w.o.Fetcher.Fetch(within, a.URL, a.secret, limited)
	}
	if limited.err != nil || run.Err() != nil {
		return downloaded{err: errors.Join(cmp.Or(limited.err, context.Cause(run)), out.file.Close())}
	}
	if limited.exceeded {
		err = fmt.Errorf("%w: more than %d bytes", errTooLarge, w.o.MaxAttachment)
	} else if err != nil && errors.Is(context.Cause(within), errOutOfTime) {
		err = fmt.Errorf("%w: %s", errOutOfTime, w.o.AttachmentsWithin)
	}
	if err != nil {
		a.Error, a.Expired = err.Error(), a.old && errors.Is(err, fs.ErrNotExist)
		return downloaded{Attachment: a, err: errors.Join(out.file.Close(), os.Remove(filepath.Join(w.work.path, filepath.FromSlash(out.name))))}
	}
	f, err := out.finish()
	a.Name, a.Bytes, a.SHA256 = f.Name, f.Bytes, f.SHA256
	return downloaded{Attachment: a, file: f, err: err}
}

// collect waits for the oldest download and notes how it ended.
func (w *Writer) collect() error {
	d := &w.downloads
	got := <-d.queue[0]
	d.queue = d.queue[1:]
	if got.err != nil {
		return got.err
	}
	if err := w.writeLine(w.attachments, got.Attachment); err != nil {
		return err
	}
	if got.Name != "" {
		w.manifest.Files = append(w.manifest.Files, got.file)
	}
	w.manifest.Attachments.add(got.Attachment)
	if d.first == nil && got.Name == "" && !got.Expired {
		d.first = &got.Attachment
	}
	return nil
}

// finishAttachments waits for all downloads. Attachments that are missing,
// though the service should have them, are a fault.Safety unless they are allowed.
func (w *Writer) finishAttachments() error {
	for len(w.downloads.queue) > 0 {
		if err := w.collect(); err != nil {
			return err
		}
	}
	w.downloads.stop()
	if w.downloads.first == nil || w.o.AllowMissing {
		return nil
	}
	c, a := w.manifest.Attachments, w.downloads.first
	return fault.New(fault.Safety, "%d of %d attachments can't be saved, such as that of message %s of %s: %s; nothing was deleted",
		c.Missing(), c.Saved+c.Failed, a.Message, a.Conversation, a.Error).
		WithHint("try again, with a longer --attachments-timeout where time was short; --allow-missing-attachments deletes without them")
}

// stop ends the downloads and waits for that.
func (d *downloads) stop() {
	if d.cancel != nil {
		d.cancel()
	}
	d.running.Wait()
}
