package export

import (
	"cmp"
	"context"
	"errors"
	"slices"
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
	x    *Exporter
	user ledger.User

	conversations, messages atomic.Int64

	total int // conversations to export, those that are spooled already among them
	lost  int // entries of the list that could not be read
	older int // conversations that an earlier export has

	mu      sync.Mutex
	waiting []*conversation
	refused []error // one for each conversation that the service refused
	failed  error
	give    context.CancelCauseFunc
	workers sync.WaitGroup
}

func (u *user) export(ctx context.Context) error {
	ctx, u.give = context.WithCancelCause(ctx)
	defer u.give(nil)
	conversations, err := u.list(ctx)
	if err != nil {
		return err
	}
	u.waiting = conversations
	u.work(ctx)
	u.workers.Wait()
	if u.failed != nil {
		return u.failed
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if u.x.Template.scope() == oneUser {
		if err := u.x.assembleAll(ctx, u.user.Seq); err != nil {
			return err
		}
	}
	if u.x.Only != nil && u.older == 0 && u.messages.Load() == 0 && len(u.refused) == 0 {
		ref := roaming.Ref{User: u.user.ID, Conversation: u.x.Only.Conversation, Type: u.x.Only.Type}
		if err := roaming.CheckType(ctx, u.x.Service, ref); err != nil {
			return err
		}
	}
	return u.verdict()
}

// verdict tells of what the service did not hand out. The others are exported.
func (u *user) verdict() error {
	if len(u.refused) > 0 {
		return roaming.RefusedError(u.user.ID, u.refused, u.total+u.lost)
	}
	if u.lost > 0 {
		return fault.New(fault.Partial, "%d entries of %s's conversation list could not be read; the others are exported", u.lost, u.user.ID)
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
		for item, err := range roaming.WholeList(ctx, u.x.Service, u.user.ID, roaming.ConversationQuery{}) {
			switch bad, ok := errors.AsType[*roaming.ItemError](err); {
			case err == nil:
				u.add(&found, item.Type, item.ID, u.newest(item))
			case !ok:
				return nil, err
			case !bad.Listed:
				u.lost++
			}
		}
	}
	spooled := map[roaming.Ref]bool{}
	for s, err := range u.x.Ledger.SpoolsOf(ctx, u.user.Seq) {
		if err == nil && s.User != u.user.ID {
			err = beyond("has messages of %s as those of %s", s.User, u.user.ID)
		}
		if err != nil {
			return nil, err
		}
		spooled[s.Ref] = s.Refused == ""
	}
	u.total, u.older = len(found), len(before)
	var left []*conversation
	for _, c := range found {
		u.begin(ctx, c, before[c.ref])
		if !spooled[c.ref] {
			left = append(left, c)
		}
	}
	// Groups are the longest, most of the time. What begins last is what the end of
	// the run waits for.
	slices.SortStableFunc(left, func(a, b *conversation) int { return -cmp.Compare(a.ref.Type, b.ref.Type) })
	return left, nil
}

// begin prepares to read a conversation after what an earlier export has of it.
func (u *user) begin(ctx context.Context, c *conversation, has ledger.Conversation) {
	c.spool = spoolName(c.ref, has.Messages+has.Unreadable)
	c.path = u.x.spoolPath(c.spool)
	if u.x.Template.holds(has.Volume, c.ref) {
		c.volume = has.Volume // it stays there, also where today's names differ
	}
	c.trailing = make(map[string]int, len(has.Trailing))
	for _, sum := range has.Trailing {
		c.trailing[sum]++
	}
	if has.Last != nil {
		c.start = has.Last.ID
	}
	c.reached = c.newest != 0 && c.newest == c.start
	c.known = &known{highest: has.Highest, read: func(add func(roaming.MessageID, string)) error {
		return u.x.records(ctx, c, add)
	}}
}

// newest is the last message of a conversation by the list. The list tells nothing
// where that is not among the messages to export.
func (u *user) newest(c roaming.Conversation) roaming.MessageID {
	m := c.LastMessage
	if m == nil || !u.x.Since.IsZero() && m.Timestamp.Before(u.x.Since) {
		return 0
	}
	if !u.x.Until.IsZero() && (m.Timestamp.IsZero() || m.Timestamp.After(u.x.Until)) {
		return 0
	}
	return m.ID
}

// known is what an earlier export, or this one before it was interrupted, has
// of the user.
func (u *user) known(ctx context.Context) (found []*conversation, before map[roaming.Ref]ledger.Conversation, err error) {
	before = map[roaming.Ref]ledger.Conversation{}
	for c, err := range u.x.Ledger.Conversations(ctx, u.user.ID) {
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

// add adds a conversation once, with its last message by the list.
func (u *user) add(found *[]*conversation, t roaming.ChatType, id string, newest roaming.MessageID) {
	ref := roaming.Ref{User: u.user.ID, Conversation: id, Type: t}
	if i := slices.IndexFunc(*found, func(c *conversation) bool { return c.ref == ref }); i >= 0 {
		(*found)[i].newest = newest
		return
	}
	*found = append(*found, &conversation{
		ref: ref, volume: u.x.Template.volume(ref), newest: newest, durable: u.x.Template.scope() != oneConversation,
		bounds: roaming.HistoryQuery{Since: u.x.Since, Until: u.x.Until, KeepRaw: u.x.KeepRaw},
	})
}

// work fetches what waits, until nothing does.
func (u *user) work(ctx context.Context) {
	for {
		c, ok := u.next()
		if !ok || ctx.Err() != nil {
			return
		}
		u.share(ctx)
		if err := u.fetch(ctx, c); err != nil {
			u.fail(err)
			return
		}
	}
}

func (u *user) next() (*conversation, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.waiting) == 0 {
		return nil, false
	}
	c := u.waiting[0]
	u.waiting = u.waiting[1:]
	return c, true
}

// behind tells whether a conversation waits for a caller.
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

// refuse notes that the service refused a conversation.
func (u *user) refuse(ref roaming.Ref, err error) {
	u.mu.Lock()
	u.refused = append(u.refused, err)
	u.mu.Unlock()
	if u.x.OnRefused != nil {
		u.x.OnRefused(ref, err)
	}
}

// fetch reads a conversation to its end.
func (u *user) fetch(ctx context.Context, c *conversation) error {
	if err := u.x.still(); err != nil {
		return bulk.Fatal(err)
	}
	if err := c.open(); err != nil {
		return local(err)
	}
	defer func() { _ = c.close() }() // after finish it does nothing
	refused := u.rejoin(ctx, c, u.readAll(ctx, c))
	if refused != nil && !fault.MeetsConversation(refused) {
		return refused
	}
	if err := c.finish(); err != nil {
		return local(err)
	}
	return u.complete(ctx, c, refused)
}

// readAll reads a conversation from where it is to its end.
func (u *user) readAll(ctx context.Context, c *conversation) error {
	for {
		again, err := u.read(ctx, c)
		if err != nil || !again {
			return err
		}
	}
}

// read reads on until the history ends, or a page has to be requested again.
func (u *user) read(ctx context.Context, c *conversation) (again bool, err error) {
	for page, err := range u.x.Service.History(ctx, c.ref, c.query()) {
		if err != nil {
			return false, err
		}
		if c.doubt(page) {
			return true, nil
		}
		n, err := c.take(page)
		if err != nil {
			return false, local(err)
		}
		u.messages.Add(int64(n))
		u.x.Meter.Messages.Add(int64(n))
		u.share(ctx)
	}
	return false, nil
}

// share starts another caller on what waits, when no other user needs one.
func (u *user) share(ctx context.Context) {
	if !u.behind() {
		return
	}
	u.workers.Add(1)
	if !u.x.Pool.Fork(func() { defer u.workers.Done(); u.work(ctx) }) {
		u.workers.Done()
	}
}

// complete writes the file of a conversation or, where it has none of its own,
// notes that it waits for one. One that the service refused has what was read
// before that, and is requested again by the next export.
func (u *user) complete(ctx context.Context, c *conversation, refused error) error {
	spool := ledger.Spool{Ref: c.ref, Volume: c.volume, Seq: u.user.Seq, Name: c.spool}
	if refused == nil {
		u.conversations.Add(1)
		u.x.Meter.Conversations.Add(1)
	} else {
		spool.Refused = refused.Error()
		u.refuse(c.ref, refused)
	}
	if u.x.Template.scope() == oneConversation {
		return u.x.assemble(ctx, c.volume, func(yield func(ledger.Spool, error) bool) { yield(spool, nil) })
	}
	return local(u.x.Ledger.SetSpooled(ctx, spool))
}
