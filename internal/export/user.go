package export

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// user is the export of one user. One worker fetches the conversations, and more
// do when no other user waits for them.
type user struct {
	x   *Exporter
	job run.Job

	conversations, messages atomic.Int64

	total    int // conversations to export, fetched ones among them
	unlisted int // entries of the list that could not be read
	older    int // conversations of earlier exports

	waiting chan *conversation
	cancel  context.CancelCauseFunc // called with the first error
	workers sync.WaitGroup

	mu      sync.Mutex
	refused []error // of each conversation that the service refused
}

func (u *user) export(ctx context.Context) error {
	ctx, u.cancel = context.WithCancelCause(ctx)
	defer u.cancel(nil)
	all, err := u.list(ctx)
	if err != nil {
		return err
	}
	u.waiting = make(chan *conversation, len(all))
	for _, c := range all {
		u.waiting <- c
	}
	close(u.waiting)
	u.work(ctx)
	u.workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if u.x.Template.scope() == oneUser {
		if err := u.x.writeOutputs(ctx, u.job.Seq); err != nil {
			return err
		}
	}
	if u.x.Only != nil && u.older == 0 && u.messages.Load() == 0 && len(u.refused) == 0 {
		if err := roaming.CheckType(ctx, u.x.Service, u.ref(u.x.Only.Type, u.x.Only.Conversation)); err != nil {
			return err
		}
	}
	if len(u.refused) > 0 {
		return roaming.RefusedError(u.job.User, u.refused, u.total+u.unlisted)
	}
	if u.unlisted > 0 {
		return fault.New(fault.Partial, "cannot read %d entries of %s's conversation list; the other conversations were exported", u.unlisted, u.job.User)
	}
	return nil
}

func (u *user) ref(t roaming.ChatType, id string) roaming.Ref {
	return roaming.Ref{User: u.job.User, Conversation: id, Type: t}
}

// list returns the conversations to fetch: those on the user's list and those
// of earlier exports, without those that this run has fetched.
func (u *user) list(ctx context.Context) ([]*conversation, error) {
	exported := map[roaming.Ref]run.Conversation{}
	newest := map[roaming.Ref]roaming.MessageID{}
	for c, err := range u.x.DB.Conversations(ctx, u.job.User) {
		if err != nil {
			return nil, err
		}
		if u.x.Only == nil || *u.x.Only == (ConversationFilter{c.Conversation, c.Type}) {
			exported[c.Ref], newest[c.Ref] = c, 0
		}
	}
	if err := u.addListed(ctx, newest); err != nil {
		return nil, err
	}
	u.total, u.older = len(newest), len(exported)
	for s, err := range u.x.DB.TempFilesOf(ctx, u.job.Seq) {
		if err == nil && s.User != u.job.User {
			err = tamperedError("has messages of %s as those of %s", s.User, u.job.User)
		}
		if err != nil {
			return nil, err
		}
		if s.Refused == "" {
			delete(newest, s.Ref)
		}
	}
	if err := u.x.checkOutputs(ctx, newest); err != nil {
		return nil, err
	}
	all := make([]*conversation, 0, len(newest))
	for ref, id := range newest {
		all = append(all, u.conversation(ctx, ref, id, exported[ref]))
	}
	// Groups are mostly the longest, and the run waits for what begins last.
	slices.SortFunc(all, func(a, b *conversation) int {
		return cmp.Or(-cmp.Compare(a.ref.Type, b.ref.Type), cmp.Compare(a.ref.Conversation, b.ref.Conversation))
	})
	return all, nil
}

// addListed adds the conversations on the user's list, or the one to export, with
// their newest messages.
func (u *user) addListed(ctx context.Context, newest map[roaming.Ref]roaming.MessageID) error {
	if u.x.Only != nil {
		newest[u.ref(u.x.Only.Type, u.x.Only.Conversation)] = 0
		return nil
	}
	for item, err := range roaming.WholeList(ctx, u.x.Service, u.job.User, roaming.ConversationQuery{}) {
		switch bad, ok := errors.AsType[*roaming.ItemError](err); {
		case err == nil:
			newest[u.ref(item.Type, item.ID)] = u.newestToExport(item)
		case !ok:
			return err
		case !bad.Listed:
			u.unlisted++
		}
	}
	return nil
}

// newestToExport returns the last message of a conversation on the list; 0 if that is
// not among the messages to export.
func (u *user) newestToExport(c roaming.Conversation) roaming.MessageID {
	m := c.LastMessage
	if m == nil || !u.x.Since.IsZero() && m.Timestamp.Before(u.x.Since) {
		return 0
	}
	if !u.x.Until.IsZero() && (m.Timestamp.IsZero() || m.Timestamp.After(u.x.Until)) {
		return 0
	}
	return m.ID
}

// conversation returns a conversation to fetch after its earlier exports.
func (u *user) conversation(ctx context.Context, ref roaming.Ref, newest roaming.MessageID, exported run.Conversation) *conversation {
	name := tempName(ref, exported.Messages+exported.Unreadable)
	c := &conversation{
		ref: ref, newest: newest, output: u.x.Template.path(ref), temp: name, path: u.x.tempPath(name),
		durable:  u.x.Template.scope() != oneConversation,
		query:    roaming.HistoryQuery{Direction: roaming.Down, Since: u.x.Since, Until: u.x.Until, KeepRaw: u.x.KeepRaw},
		trailing: make(map[string]int, len(exported.Trailing)),
	}
	for _, hash := range exported.Trailing {
		c.trailing[hash]++
	}
	if exported.Last != nil {
		c.start = exported.Last.ID
	}
	c.reached = newest == c.start
	c.seen = &seen{highest: exported.Highest, read: func(add func(recordInfo)) error { return u.x.readRecords(ctx, c, add) }}
	return c
}

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
