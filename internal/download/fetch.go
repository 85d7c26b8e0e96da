package download

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/source"
)

const (
	maxDownloads = 4  // in flight
	maxQueued    = 16 // in flight, waiting for a slot, or finished before an earlier one
)

// Options say how attachments are fetched.
type Options struct {
	Source  source.Source        // asked first, unless it is the service
	Fetcher *attachments.Fetcher // of what the source does not have
	MaxSize int64
	Tries   uint            // requests for an attachment whose download breaks off
	Backoff backoff.BackOff // between them; nil for exponential
	Now     time.Time       // of the service
	// Begin, if not nil, waits until a request may begin.
	Begin func(context.Context) error
}

// run is a run of Fetch.
type run struct {
	Options
	*Folder

	slots chan struct{}
	local sync.Mutex // sources are not safe for concurrent use
}

// outcome is an attachment that was requested. temp is its file; "" for none. err is
// one of this machine's disk, or of the run's context.
type outcome struct {
	entry Entry
	temp  string
	err   error
}

// Fetch saves attachments and yields their entries, in the order of items. Several are
// in flight at a time. What is in the folder is not requested. The sequence ends at an
// error, which is one of the folder or of ctx.
func (f *Folder) Fetch(ctx context.Context, items []Item, o Options) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		r := &run{Options: o, Folder: f, slots: make(chan struct{}, maxDownloads)}
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		var queue []<-chan outcome
		for n := range items {
			for next := n + len(queue); len(queue) < maxQueued && next < len(items); next++ {
				queue = append(queue, r.start(ctx, &running, &items[next]))
			}
			got := <-queue[0]
			queue = queue[1:]
			err := got.err
			if err == nil {
				err = r.keep(&got)
			}
			if !yield(got.entry, f.fault(err)) || err != nil {
				return
			}
		}
	}
}

// start begins to fetch an attachment, unless the folder has it.
func (r *run) start(ctx context.Context, running *sync.WaitGroup, i *Item) <-chan outcome {
	done := make(chan outcome, 1)
	if e := r.saved(i); e != nil {
		done <- outcome{entry: *e}
		return done
	}
	running.Go(func() {
		select {
		case r.slots <- struct{}{}:
			defer func() { <-r.slots }()
			done <- r.fetch(ctx, i)
		case <-ctx.Done():
			done <- outcome{err: context.Cause(ctx)}
		}
	})
	return done
}

// keep places the file of an outcome and notes the entry. An attachment that could not
// be fetched again keeps the file that it has.
func (r *run) keep(o *outcome) error {
	e := &o.entry
	before := r.entries[e.key()]
	switch {
	case o.temp != "":
		err := r.place(o.temp, e)
		if err == nil {
			r.supersede(before, e)
		}
		return err
	case before != nil && *before == *e:
		return nil
	case before != nil && before.File != "":
		*e = *before
		return nil
	}
	return r.note(e)
}

// fetch fetches an attachment into a partial file.
func (r *run) fetch(ctx context.Context, i *Item) outcome {
	p, err := r.openPartial(i, r.MaxSize)
	if err != nil {
		return outcome{err: err}
	}
	err = r.download(ctx, i, p)
	entry := i.Entry
	switch {
	case p.failure != nil, ctx.Err() != nil:
		return outcome{err: errors.Join(cmp.Or(p.failure, context.Cause(ctx)), p.abandon())}
	case err != nil:
		entry.State, entry.Reason = r.stateOf(i, p, err), attachments.Reason(err)
		if p.tooBig {
			entry.Reason = fmt.Sprintf("it has more than %d bytes", r.MaxSize)
		}
		return outcome{entry: entry, err: p.abandon()}
	}
	if err := errors.Join(p.complete(), entry.describe(p)); err != nil {
		return outcome{err: err}
	}
	return outcome{entry: entry, temp: p.file.Name()}
}

// download gets the file from the source, or else from where the message says it is.
func (r *run) download(ctx context.Context, i *Item, p *partial) error {
	if kind := r.Source.About().Kind; kind == source.Archive || kind == source.Backup {
		err := r.fromSource(ctx, i, p)
		if err == nil || !errors.Is(err, fs.ErrNotExist) || r.Fetcher == nil || i.url == "" {
			return err
		}
	}
	tries := backoff.WithMaxTries(max(1, r.Tries))
	wait := r.Backoff
	if wait == nil {
		wait = backoff.NewExponentialBackOff()
	}
	var last error
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		last = r.request(ctx, i, p)
		again, after := attachments.Temporary(last)
		switch {
		case !again || p.failure != nil:
			return struct{}{}, backoff.Permanent(last)
		case after > 0:
			return struct{}{}, &backoff.RetryAfterError{Duration: after}
		}
		return struct{}{}, last
	}, tries, backoff.WithBackOff(wait))
	return cmp.Or(last, err)
}

func (r *run) request(ctx context.Context, i *Item, p *partial) error {
	if r.Begin != nil {
		if err := r.Begin(ctx); err != nil {
			return err
		}
	}
	return r.Fetcher.Resume(ctx, i.url, i.secret, attachments.Part{Size: p.size, Tag: p.tag}, p)
}

// fromSource copies a file that an archive or a backup has.
func (r *run) fromSource(ctx context.Context, i *Item, p *partial) error {
	r.local.Lock()
	defer r.local.Unlock()
	if err := p.Begin(0, -1, ""); err != nil {
		return err
	}
	return r.Source.Attachment(ctx, i.message, source.File, p)
}

// stateOf is the state of an attachment that could not be fetched.
func (r *run) stateOf(i *Item, p *partial, err error) State {
	late := i.Expires.IsZero() || i.Expires.Before(r.Now)
	switch {
	case p.tooBig:
		return TooLarge
	case errors.Is(err, attachments.ErrHost):
		return NoHost
	case attachments.IsExpired(err, late):
		return Expired
	case errors.Is(err, attachments.ErrRefused), errors.Is(err, attachments.ErrDenied):
		return Refused
	}
	return Failed
}
