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
