package export

import (
	"context"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// work fetches conversations until none waits.
func (u *user) work(ctx context.Context) {
	for c := range u.waiting {
		if ctx.Err() != nil {
			return
		}
		u.addWorker(ctx)
		if err := u.fetch(ctx, c); err != nil {
			u.cancel(err)
			return
		}
	}
}

// addWorker starts another worker if a conversation waits and no other user
// needs the worker.
func (u *user) addWorker(ctx context.Context) {
	if len(u.waiting) == 0 {
		return
	}
	u.workers.Add(1)
	if !u.x.Pool.Fork(func() { defer u.workers.Done(); u.work(ctx) }) {
		u.workers.Done()
	}
}

// fetch fetches a conversation to its end.
func (u *user) fetch(ctx context.Context, c *conversation) error {
	if err := u.x.checkLock(); err != nil {
		return engine.Fatal(err)
	}
	if err := c.open(); err != nil {
		return diskError(err)
	}
	defer func() { _ = closeOnce(&c.file) }() // unless finish has
	refused := u.recoverCursor(ctx, c, u.readAll(ctx, c))
	if refused != nil && !fault.AffectsOneConversation(refused) {
		return refused
	}
	if err := c.finish(); err != nil {
		return diskError(err)
	}
	return u.fetched(ctx, c, refused)
}

// readAll reads from the cursor to the end of the history.
func (u *user) readAll(ctx context.Context, c *conversation) error {
	for {
		retry, err := u.read(ctx, c)
		if err != nil || !retry {
			return err
		}
	}
}

// read reads until the history ends or a page has to be requested again.
func (u *user) read(ctx context.Context, c *conversation) (retry bool, err error) {
	q := c.query
	q.Start = c.cursor
	for page, err := range u.x.Service.History(ctx, c.ref, q) {
		if err != nil {
			return false, err
		}
		if c.shouldRetry(page) {
			return true, nil
		}
		n, err := c.addPage(page)
		if err != nil {
			return false, diskError(err)
		}
		u.messages.Add(int64(n))
		u.x.Meter.Messages.Add(int64(n))
		u.addWorker(ctx)
	}
	return false, nil
}

// fetched writes the output file of a conversation or, if others share that,
// records that the temporary file waits for it. Of a refused conversation that
// is what was read before, and the next export requests it again.
func (u *user) fetched(ctx context.Context, c *conversation, refused error) error {
	temp := run.TempFile{Ref: c.ref, Volume: c.output, Seq: u.job.Seq, Name: c.temp}
	if refused == nil {
		u.conversations.Add(1)
		u.x.Meter.Conversations.Add(1)
	} else {
		temp.Refused = refused.Error()
		u.mu.Lock()
		u.refused = append(u.refused, refused)
		u.mu.Unlock()
		if u.x.OnRefused != nil {
			u.x.OnRefused(c.ref, refused)
		}
	}
	if u.x.Template.scope() == oneConversation {
		return u.x.writeOutput(ctx, c.output, func(yield func(run.TempFile, error) bool) { yield(temp, nil) })
	}
	return diskError(u.x.DB.AddTempFile(ctx, temp))
}
