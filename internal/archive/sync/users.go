package sync

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// Users syncs what users' histories show. It is safe for concurrent use.
type Users struct {
	Store   archive.Store
	Service roaming.Service
	Run     archive.Run
	Now     time.Time // the service's time when the run began

	// Recheck reads again what was read before, and notes what users no longer see.
	Recheck bool
	// Since bounds a recheck to messages at or after it; zero for no bound.
	Since time.Time

	// OnRefused, if not nil, is called with each conversation that the service
	// refused, and OnUnreadable with each item that can't be read. They must be safe
	// for concurrent use.
	OnRefused    func(roaming.Ref, error)
	OnUnreadable func(roaming.Ref, error)

	Conversations, Messages, Unreadable atomic.Int64 // read so far

	pending pending
	loading sync.Mutex // one user at a time: each connection of a store has a cache

	mu     sync.Mutex
	oldest time.Time // of the messages that were read
}

// user is the sync of one user.
type user struct {
	x     *Users
	id    string
	known map[archive.Conversation]archive.Fetch
	gap   bool // an earlier sync could not read the user's list or all conversations on it

	rechecks []recheck
	refused  []error

	conversations, messages int
}

// Do syncs one user. It returns how many conversations and messages it read.
func (x *Users) Do(ctx context.Context, id string) (conversations, messages int, err error) {
	u := &user{x: x, id: id, known: map[archive.Conversation]archive.Fetch{}}
	err = u.sync(ctx)
	return u.conversations, u.messages, err
}

func (u *user) sync(ctx context.Context) error {
	if err := u.load(ctx); err != nil {
		return engine.Fatal(err)
	}
	all, unlisted, err := u.list(ctx)
	if err != nil {
		return u.failed(ctx, err)
	}
	for _, c := range all {
		if err := u.conversation(ctx, c); err != nil {
			return err
		}
	}
	if u.gap && unlisted == 0 {
		u.x.pending.fetch(archive.Fetch{
			Subject: archive.Subject{User: u.id}, Span: archive.Span{To: u.x.Now.UnixMilli()}, At: u.x.at(), State: archive.Complete,
		})
	}
	u.addRechecks()
	if err := u.x.flush(ctx, true); err != nil {
		return err
	}
	switch {
	case len(u.refused) > 0:
		return roaming.RefusedError(u.id, u.refused, len(all)+unlisted)
	case unlisted > 0:
		return fault.New(fault.Partial, "cannot read %d entries of %s's conversation list; the other conversations are in the archive", unlisted, u.id)
	}
	return nil
}

// load loads how far earlier syncs have read the user's conversations.
func (u *user) load(ctx context.Context) error {
	u.x.loading.Lock()
	defer u.x.loading.Unlock()
	for f, err := range u.x.Store.Fetches(ctx, archive.Subject{User: u.id}, archive.Everything()) {
		if err != nil {
			return err
		}
		c := f.Subject.Conversation
		switch old, ok := u.known[c]; {
		case c == archive.Conversation{}:
			u.gap = u.gap || f.State != archive.Complete
		case f.State == archive.Complete && f.Last != "" && (!ok || f.Span.To > old.Span.To):
			u.known[c] = f
		}
	}
	return nil
}

// listed is a conversation to look at.
type listed struct {
	ref  roaming.Ref
	last *roaming.Message // the latest on the user's list; nil if that has none
}

// list returns the conversations on the user's list and, for a recheck, those of
// earlier syncs. unlisted counts the entries that can't be read.
func (u *user) list(ctx context.Context) (all []listed, unlisted int, err error) {
	seen := map[archive.Conversation]bool{}
	for c, err := range roaming.WholeList(ctx, u.x.Service, u.id, roaming.ConversationQuery{}) {
		switch bad, ok := errors.AsType[*roaming.ItemError](err); {
		case err == nil:
			ref := roaming.Ref{User: u.id, Conversation: c.ID, Type: c.Type}
			seen[archive.ConversationOf(ref)] = true
			all = append(all, listed{ref, c.LastMessage})
		case !ok:
			return nil, 0, err
		case !bad.Listed:
			unlisted++
		}
	}
	if u.x.Recheck {
		for c := range u.known {
			if !seen[c] {
				all = append(all, listed{ref: roaming.Ref{User: u.id, Conversation: c.For(u.id), Type: c.Type}})
			}
		}
	}
	return all, unlisted, nil
}

// conversation reads a conversation that has something new. One that the service
// refuses does not stop the others.
func (u *user) conversation(ctx context.Context, c listed) error {
	r := newReading(u, c)
	if !u.x.Recheck && r.upToDate() {
		return nil
	}
	err := r.all(ctx)
	if err == nil {
		u.conversations++
		u.x.Conversations.Add(1)
		return nil
	}
	if ctx.Err() != nil || !fault.AffectsOneConversation(err) {
		return u.failed(ctx, err)
	}
	u.refused = append(u.refused, err)
	if u.x.OnRefused != nil {
		u.x.OnRefused(c.ref, err)
	}
	u.x.pending.fetch(archive.Fetch{
		Subject: r.subject, Span: archive.Span{From: r.to, To: u.x.Now.UnixMilli()}, At: u.x.at(), State: archive.Failed, Reason: err.Error(),
	})
	return nil
}

// failed notes that the user's list or one of the conversations could not be read, so
// that what follows it is missing.
func (u *user) failed(ctx context.Context, err error) error {
	if fault.KindOf(err) == fault.NotFound && len(u.known) == 0 {
		return err // a user that does not exist lacks nothing
	}
	reason := err.Error()
	if ctx.Err() != nil {
		reason = "the sync was interrupted"
	}
	from := int64(0)
	for _, f := range u.known {
		from = max(from, f.Span.To)
	}
	u.x.pending.fetch(archive.Fetch{
		Subject: archive.Subject{User: u.id}, Span: archive.Span{From: from, To: u.x.Now.UnixMilli()}, At: u.x.at(), State: archive.Failed, Reason: reason,
	})
	return errors.Join(err, u.x.flush(ctx, true))
}

func (x *Users) at() roaming.Time { return roaming.Millis(x.Now.UnixMilli()) }
