package sync

import (
	"context"
	"sync"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/run/engine"
)

const (
	// noteSize is how many messages a user may have read that no view has.
	noteSize = 1000
	// maxStored bounds pending.stored, to about 20 MB.
	maxStored = 200_000
)

// pending is what all users of a run read and the archive does not have yet: one batch,
// so that the run's memory does not rise with the number of users, and so that a
// message that many of them have is in it once. It is safe for concurrent use.
//
// Batches come to the archive in order: a view is in the batch of its messages or in a
// later one.
type pending struct {
	importing sync.Mutex // held while the archive takes a batch
	failed    error      // of an earlier batch: no later one may come; importing must be held

	mu     sync.Mutex
	batch  archive.Batch
	size   int                            // messages, and keys of views
	stored map[archive.Key]archive.Digest // the forms of messages that are in a batch, some of them
	result archive.Result
}

// add adds a message, unless the same is in an earlier batch or in this one.
func (p *pending) add(m archive.Message) {
	form := m.Form()
	p.mu.Lock()
	defer p.mu.Unlock()
	if before, ok := p.stored[m.Key]; ok && before == form {
		return
	}
	if len(p.stored) == maxStored || p.stored == nil {
		p.stored = map[archive.Key]archive.Digest{}
	}
	p.stored[m.Key] = form
	p.batch.Messages = append(p.batch.Messages, m)
	p.size++
}

// view adds what a user sees. It must follow the view's messages.
func (p *pending) view(v archive.View) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batch.Views = append(p.batch.Views, v)
	p.size += len(v.Keys)
}

// fetch adds how far something was fetched. It must follow the views.
func (p *pending) fetch(f archive.Fetch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batch.Fetches = append(p.batch.Fetches, f)
}

func (p *pending) full() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size >= batchSize
}

// flush brings the batch into the archive, if it is full or if all is asked for.
// Cancelling ctx does not stop it, since the batch has other users' messages too. Every
// other user would meet its error.
func (x *Users) flush(ctx context.Context, all bool) error {
	p := &x.pending
	if !all && !p.full() {
		return nil
	}
	p.importing.Lock()
	defer p.importing.Unlock()
	if p.failed != nil {
		return engine.Fatal(p.failed)
	}
	if !all && !p.full() { // another user's flush took it
		return nil
	}
	p.mu.Lock()
	b := p.batch
	p.batch, p.size = archive.Batch{}, 0
	p.mu.Unlock()
	if len(b.Messages)+len(b.Views)+len(b.Fetches) == 0 {
		return nil
	}
	b.Run = x.Run
	result, err := x.Store.Import(context.WithoutCancel(ctx), b)
	if err != nil {
		p.failed = err
		return engine.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.result.Add(result)
	return nil
}

// Result is what the archive did with the messages so far.
func (x *Users) Result() archive.Result {
	x.pending.mu.Lock()
	defer x.pending.mu.Unlock()
	return x.pending.result
}
