package sync

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

const manyUsers, pagesEach, pageLength = 30, 20, 50

// crowd is a service whose users each have messages of their own and those of a group.
// None gets the last page before all others want theirs.
type crowd struct {
	roaming.Service
	given, most atomic.Int64 // messages that the archive does not have
	waiting     sync.WaitGroup
}

func (c *crowd) Conversations(context.Context, string, roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		yield(roaming.Page[roaming.Conversation]{Items: []roaming.Conversation{{ID: "peer", Type: roaming.Chat}, {ID: "1", Type: roaming.Group}}}, nil)
	}
}

func (c *crowd) History(_ context.Context, ref roaming.Ref, _ roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		user, first := 0, roaming.MessageID(1)
		if _, err := fmt.Sscanf(ref.User, "user%d", &user); err == nil && ref.Type == roaming.Chat {
			first = roaming.MessageID(1_000_000 * (user + 1))
		}
		for n := range pagesEach {
			var page roaming.Page[roaming.Message]
			for i := range pageLength {
				id := first + roaming.MessageID(n*pageLength+i)
				page.Items = append(page.Items, roaming.Message{ID: id, Timestamp: roaming.Millis(int64(1e12) + int64(id)), ChatType: ref.Type, Kind: roaming.Text, Text: "x"})
			}
			if ref.Type == roaming.Chat {
				if n == pagesEach-1 {
					c.waiting.Done()
					c.waiting.Wait()
				}
				c.given.Add(pageLength)
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// taking is a store that counts what it is given.
type taking struct {
	archive.Store
	c        *crowd
	messages atomic.Int64
	seen     sync.Map // the keys of messages
	unknown  atomic.Int64
}

func (s *taking) Fetches(context.Context, archive.Subject, archive.Span) iter.Seq2[archive.Fetch, error] {
	return func(func(archive.Fetch, error) bool) {}
}

func (s *taking) Import(_ context.Context, b archive.Batch) (archive.Result, error) {
	s.c.most.Store(max(s.c.most.Load(), s.c.given.Load()))
	for _, m := range b.Messages {
		s.seen.Store(m.Key, true)
		if m.Conversation.Type == roaming.Chat {
			s.c.given.Add(-1)
		}
	}
	for _, v := range b.Views {
		for _, key := range v.Keys {
			if _, ok := s.seen.Load(key); !ok {
				s.unknown.Add(1)
			}
		}
	}
	s.messages.Add(int64(len(b.Messages)))
	return archive.Result{Added: len(b.Messages)}, nil
}

// What many users hold at once does not rise with their number. A group's message
// comes to the archive once, and never after a view of it.
func TestManyUsersHoldOneBatch(t *testing.T) {
	c := &crowd{}
	c.waiting.Add(manyUsers)
	s := &taking{c: c}
	x := &Users{Store: s, Service: c, Now: time.UnixMilli(2e12)}
	var users sync.WaitGroup
	for n := range manyUsers {
		users.Go(func() {
			if _, _, err := x.Do(t.Context(), fmt.Sprintf("user%d", n)); err != nil {
				t.Error(err)
			}
		})
	}
	users.Wait()
	if want := int64(manyUsers*pagesEach*pageLength + pagesEach*pageLength); s.messages.Load() != want {
		t.Errorf("%d messages, want %d", s.messages.Load(), want)
	}
	if most := int64(batchSize + 2*manyUsers*pageLength); c.most.Load() > most {
		t.Errorf("%d messages in memory, want at most %d", c.most.Load(), most)
	}
	if s.unknown.Load() > 0 {
		t.Errorf("views have %d messages that the archive does not", s.unknown.Load())
	}
}
