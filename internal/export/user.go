package export

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/roamctl/roamctl/internal/bulk"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

// user is one user's part of an export. Its work is done by one caller, and by
// more when no other user waits for them.
type user struct {
	x     *Exporter
	owner ledger.Owner

	conversations, messages atomic.Int64

	lost int // entries of the list that could not be read

	mu      sync.Mutex
	waiting []piece
	failed  error
	give    context.CancelCauseFunc
	workers sync.WaitGroup
}

// piece is a segment of a conversation that nobody works on yet.
type piece struct {
	c *conversation
	s *segment
}

func (u *user) export(ctx context.Context) error {
	ctx, u.give = context.WithCancelCause(ctx)
	defer u.give(nil)
	conversations, err := u.list(ctx)
	if err != nil {
		return err
	}
	for _, c := range conversations {
		if err := c.load(); err != nil {
			return local(err)
		}
		for _, s := range c.segments {
			u.waiting = append(u.waiting, piece{c, s})
		}
	}
	u.work(ctx)
	u.workers.Wait()
	for _, c := range conversations {
		c.close()
	}
	if u.failed != nil {
		return u.failed
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if u.x.Template.scope() == oneUser {
		if err := u.x.assembleAll(ctx, u.owner.Seq); err != nil {
			return err
		}
	}
	if u.lost > 0 {
		return fault.New(fault.Partial, "%d entries of %s's conversation list could not be read; the others are exported", u.lost, u.owner.ID)
	}
	return nil
}

// list is what there is to fetch: what is on the user's list, and what an
// earlier export has of the user, but for what is fetched already.
func (u *user) list(ctx context.Context) ([]*conversation, error) {
	found, before, err := u.known(ctx)
	if err != nil {
		return nil, err
	}
	if u.x.Only != nil {
		u.add(&found, u.x.Only.Type, u.x.Only.Conversation, 0)
	} else {
		for item, err := range roaming.WholeList(ctx, u.x.Service, u.owner.ID, roaming.ConversationQuery{}) {
			switch bad, ok := errors.AsType[*roaming.ItemError](err); {
			case err == nil:
				u.add(&found, item.Type, item.ID, item.LastActive.UnixMilli())
			case !ok:
				return nil, err
			case !bad.Listed:
				u.lost++
			}
		}
	}
	spooled := map[roaming.Ref]bool{}
	for s, err := range u.x.Ledger.SpoolsOf(ctx, u.owner.Seq) {
		if err != nil {
			return nil, err
		}
		spooled[s.Ref] = true
	}
	var left []*conversation
	for _, c := range found {
		b := before[c.ref]
		c.spool = spoolName(c.ref, b.Messages+b.Unreadable)
		c.dir = filepath.Join(u.x.spools(), c.spool)
		if c.trailing = b.Trailing; b.Last != nil {
			c.start = b.Last.ID
		}
		if !spooled[c.ref] {
			left = append(left, c)
		}
	}
	return left, nil
}

// known is what an earlier export, or this one before it was interrupted, has
// of the user.
func (u *user) known(ctx context.Context) (found []*conversation, before map[roaming.Ref]ledger.Conversation, err error) {
	before = map[roaming.Ref]ledger.Conversation{}
	for c, err := range u.x.Ledger.Conversations(ctx, u.owner.ID) {
		if err != nil {
			return nil, nil, err
		}
		if u.x.Only == nil || *u.x.Only == (Only{c.Conversation, c.Type}) {
			before[c.Ref] = c
			u.add(&found, c.Type, c.Conversation, 0)
		}
	}
	return found, before, nil
}

// add adds a conversation once.
func (u *user) add(found *[]*conversation, t roaming.ChatType, id string, latest int64) {
	ref := roaming.Ref{Owner: u.owner.ID, Conversation: id, Type: t}
	for _, c := range *found {
		if c.ref == ref {
			c.latest = max(c.latest, latest)
			return
		}
	}
	*found = append(*found, &conversation{
		ref: ref, volume: u.x.Template.volume(ref), latest: max(0, latest), durable: u.x.Template.scope() != oneConversation,
		bounds: roaming.HistoryQuery{Since: u.x.Since, Until: u.x.Until, KeepRaw: u.x.KeepRaw},
	})
}

// work does what waits, until nothing does.
func (u *user) work(ctx context.Context) {
	for {
		p, ok := u.next()
		if !ok || ctx.Err() != nil {
			return
		}
		if err := u.fetch(ctx, p); err != nil {
			u.fail(err)
			return
		}
	}
}

func (u *user) next() (piece, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.waiting) == 0 {
		return piece{}, false
	}
	p := u.waiting[0]
	u.waiting = u.waiting[1:]
	return p, true
}

func (u *user) push(p piece) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.waiting = append(u.waiting, p)
}

// behind tells whether a piece waits for a caller.
func (u *user) behind() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.waiting) > 0
}

// fail keeps the first failure and stops the others who work for the user.
func (u *user) fail(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.failed == nil {
		u.failed = err
	}
	u.give(err)
}

// fetch reads a segment to its end.
func (u *user) fetch(ctx context.Context, p piece) error {
	if err := u.x.still(); err != nil {
		return bulk.Fatal(err)
	}
	if err := p.s.open(); err != nil {
		return local(err)
	}
	for again := true; again; {
		var err error
		if again, err = u.read(ctx, p); err != nil {
			return err
		}
	}
	whole, err := p.c.complete(p.s)
	if err != nil {
		return local(err)
	}
	if !whole {
		return nil
	}
	return u.complete(ctx, p.c)
}

// read reads a segment until it ends, or has to be asked for again.
func (u *user) read(ctx context.Context, p piece) (again bool, err error) {
	query, until := p.c.query(p.s)
	for page, err := range u.x.Service.History(ctx, p.c.ref, query) {
		if err != nil {
			return false, err
		}
		if len(page.Bad) > 0 && p.s.doubt() {
			return true, nil
		}
		t, err := p.c.take(p.s, page, until)
		if err != nil {
			return false, local(err)
		}
		u.count(t)
		if t.ended || t.again {
			return t.again, nil
		}
		if err := u.share(ctx, p); err != nil {
			return false, local(err)
		}
	}
	return false, nil
}

// share lets others help when nobody else needs them: with what waits, or with
// the later half of this segment.
func (u *user) share(ctx context.Context, p piece) error {
	if !u.x.Pool.Spare() {
		return nil
	}
	if !u.behind() {
		later, err := p.c.split(p.s)
		if err != nil || later == nil {
			return err
		}
		u.push(piece{p.c, later})
	}
	u.workers.Add(1)
	if !u.x.Pool.Fork(func() { defer u.workers.Done(); u.work(ctx) }) {
		u.workers.Done()
	}
	return nil
}

// complete writes the file of a conversation that was fetched whole or, where
// it has none of its own, notes that it waits for one.
func (u *user) complete(ctx context.Context, c *conversation) error {
	spool := ledger.Spool{Ref: c.ref, Volume: c.volume, Seq: u.owner.Seq, Name: c.spool}
	u.conversations.Add(1)
	u.x.Meter.Conversations.Add(1)
	if u.x.Template.scope() == oneConversation {
		return u.x.assemble(ctx, c.volume, func(yield func(ledger.Spool, error) bool) { yield(spool, nil) })
	}
	return local(u.x.Ledger.SetSpooled(ctx, spool))
}

func (u *user) count(t taken) {
	u.messages.Add(int64(t.messages))
	u.x.Meter.Messages.Add(int64(t.messages))
}
