package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	maxDownloads = 4  // in flight
	maxQueued    = 16 // in flight, waiting for a slot, or finished before an earlier one
)

// errOutOfTime ends downloads after Options.AttachmentsWithin.
var errOutOfTime = errors.New("the time for all attachments is up")

// downloads are the queued attachments of a backup. The zero value has none.
type downloads struct {
	ctx     context.Context //nolint:containedctx // of all downloads, which outlive AddAttachments
	cancel  context.CancelFunc
	slots   chan struct{}
	running sync.WaitGroup
	queue   []<-chan downloaded // in the order of the messages
	first   *Attachment         // the first that is missing
}

// downloaded is the result of a download. err is an error of writing, or of the
// run's context.
type downloaded struct {
	Attachment

	file File
	err  error
}

// AddAttachments downloads a message's attachments if Options have a Fetcher.
// It returns before they are complete; Commit waits for them. Attachments that
// can't be fetched or are too large are listed with the reason, and Commit
// decides about them. A write error and the end of ctx are errors.
func (w *Writer) AddAttachments(ctx context.Context, m roaming.Message) error {
	if w.err != nil || w.attachments == nil {
		return w.err
	}
	now := w.o.AttachmentsAsOf
	if now.IsZero() {
		now = w.o.Now()
	}
	for _, a := range attachmentsOf(m, now) {
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

// download starts to download an attachment into a new file.
func (w *Writer) download(ctx context.Context, a Attachment) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	d := &w.downloads
	if d.ctx == nil {
		d.slots = make(chan struct{}, maxDownloads)
		d.ctx, d.cancel = context.WithCancel(ctx)
		if w.o.AttachmentsWithin > 0 {
			d.ctx, d.cancel = context.WithTimeoutCause(ctx, w.o.AttachmentsWithin, errOutOfTime)
		}
	}
	out, err := w.createAttachment(a)
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

// fetch downloads into a file and removes the file if that fails. Only a write
// error and the end of the run's context are errors, not the end of within.
func (w *Writer) fetch(run, within context.Context, a Attachment, out *output) downloaded {
	limited := &attachments.LimitedWriter{W: out, Left: w.o.MaxAttachment}
	err := within.Err()
	if err == nil {
		err = w.o.Fetcher.Fetch(within, a.URL, a.secret, limited)
	}
	if limited.Err != nil || run.Err() != nil {
		return downloaded{err: errors.Join(cmp.Or(limited.Err, context.Cause(run)), out.file.Close())}
	}
	if limited.Exceeded {
		err = fmt.Errorf("%w: more than %d bytes", attachments.ErrTooLarge, w.o.MaxAttachment)
	} else if err != nil && errors.Is(context.Cause(within), errOutOfTime) {
		err = fmt.Errorf("%w: %s", errOutOfTime, w.o.AttachmentsWithin)
	}
	if err != nil {
		a.Error, a.Expired = err.Error(), errors.Is(err, attachments.ErrExpired) || a.old && errors.Is(err, fs.ErrNotExist)
		return downloaded{Attachment: a, err: errors.Join(out.file.Close(), os.Remove(w.path(out.name)))}
	}
	f, err := out.finish()
	a.Name, a.Bytes, a.SHA256 = f.Name, f.Bytes, f.SHA256
	return downloaded{Attachment: a, file: f, err: err}
}

// collect waits for the oldest download and records its result.
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

// finishAttachments waits for all downloads. Missing attachments that the
// service should have are a fault.Safety unless they are allowed.
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
	return fault.New(fault.Safety, "cannot save %d of %d attachments, such as that of message %s of %s: %s; %s",
		c.Missing(), c.Saved+c.Failed, a.Message, a.Conversation, a.Error, w.o.Nothing).
		WithHint("try again, with a longer --attachments-timeout after a timeout; --allow-missing-attachments continues without them")
}

// stop cancels the downloads and waits for them.
func (d *downloads) stop() {
	if d.cancel != nil {
		d.cancel()
	}
	d.running.Wait()
}
