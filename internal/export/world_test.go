package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// pageSize is small, so that a few messages make many pages.
const pageSize = 5

// world is a service with histories in memory.
type world struct {
	roaming.Service

	mu       sync.Mutex
	messages map[roaming.Ref][]roaming.Message // oldest first
	bad      map[roaming.Ref]int               // of so many messages one can't be read
	stretch  map[roaming.Ref]int               // nor can so many in a row of three times as many
	passing  map[roaming.MessageID]bool        // those that can't be read the next time that they come
	broken   map[roaming.Ref]error
	limit    map[roaming.Ref]int              // broken only after a page with that message, from 1
	unknown  string                           // the answer where a start is not there: "" for nothing, "anew", "after", "error"
	shown    map[roaming.Ref]*roaming.Message // by the list in place of the last message
	torn     int                              // entries of each list that can't be read
	calls    int
	// exclusive bounds of time are not within the range themselves
	exclusive bool
	called    func(n int) // before each call
	ids       roaming.MessageID
	falling   bool // each new message has a lower ID
}

func newWorld() *world {
	return &world{messages: map[roaming.Ref][]roaming.Message{}, bad: map[roaming.Ref]int{}, stretch: map[roaming.Ref]int{}, broken: map[roaming.Ref]error{}, ids: 1 << 60}
}

const epoch = int64(1_760_000_000_000) // Unix ms

// say adds messages to a history, a few of them at the same millisecond.
func (w *world) say(ref roaming.Ref, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range n {
		w.ids++
		if w.falling {
			w.ids -= 2
		}
		at := epoch + int64(len(w.messages[ref]))/3*1000
		w.messages[ref] = append(w.messages[ref], roaming.Message{
			ID: w.ids, Timestamp: roaming.Millis(at), ChatType: ref.Type, Conversation: ref.Conversation,
			From: ref.User, To: ref.Conversation, Kind: roaming.Text, Text: fmt.Sprintf("=第%d条 \"<\n%s", i, ref),
			Body: map[string]any{"msg": "x"}, Ext: map[string]any{"big": 12345678901234567},
		})
	}
}

func (w *world) call(ref roaming.Ref) error {
	w.mu.Lock()
	w.calls++
	n, called, err := w.calls, w.called, w.broken[ref]
	w.mu.Unlock()
	if called != nil {
		called(n)
	}
	return err
}

func (w *world) Conversations(ctx context.Context, user string, _ roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		if err := errors.Join(w.call(roaming.Ref{User: user}), ctx.Err()); err != nil {
			yield(roaming.Page[roaming.Conversation]{}, err)
			return
		}
		w.mu.Lock()
		var page roaming.Page[roaming.Conversation]
		for ref, messages := range w.messages {
			last, ok := w.shown[ref]
			if ref.User == user && ref.Type != roaming.Room && (ok || len(messages) > 0) {
				if !ok {
					last = &messages[len(messages)-1]
				}
				page.Items = append(page.Items, roaming.Conversation{ID: ref.Conversation, Type: ref.Type, LastMessage: last})
			}
		}
		for i := range w.torn {
			page.Bad = append(page.Bad, &roaming.ItemError{Position: i + 1, Raw: "x", Err: errors.New("no JSON")})
		}
		w.mu.Unlock()
		slices.SortFunc(page.Items, func(a, b roaming.Conversation) int { return cmp.Compare(a.ID, b.ID) })
		yield(page, nil)
	}
}

func (w *world) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		for start := q.Start; ; {
			err := errors.Join(w.call(ref), ctx.Err())
			page, last := w.page(ref, start, q)
			if n := w.limit[ref]; ctx.Err() == nil && n > 0 && len(page.Items) > 0 && page.Items[0].ID < w.messages[ref][n-1].ID {
				err = nil
			}
			if err == nil && w.unknown == "error" && w.missing(ref, start) {
				err = fault.New(fault.Refused, "reading %s: unknown start (400)", ref).WithScope(fault.OneConversation)
			}
			if err != nil {
				yield(roaming.Page[roaming.Message]{}, err)
				return
			}
			start = page.Next
			if !yield(page, nil) || last {
				return
			}
		}
	}
}

func (w *world) page(ref roaming.Ref, start roaming.Cursor, q roaming.HistoryQuery) (page roaming.Page[roaming.Message], last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.after(ref, start, q.Direction) {
		switch {
		case !q.Since.IsZero() && m.Timestamp.Before(q.Since), !q.Until.IsZero() && m.Timestamp.After(q.Until):
		case w.exclusive && (m.Timestamp.Equal(q.Since) || m.Timestamp.Equal(q.Until)):
		case len(page.Items)+len(page.Bad) == pageSize:
			return page, false
		case w.spoilt(ref, m) || w.passing[m.ID]:
			delete(w.passing, m.ID)
			page.Bad = append(page.Bad, &roaming.ItemError{Position: len(page.Items) + len(page.Bad) + 1, Raw: "raw " + m.ID.String(), Err: errors.New("not protobuf")})
			page.Next = cursor(m)
		default:
			page.Items = append(page.Items, m)
			page.Next = cursor(m)
		}
	}
	return page, true
}

// after returns the messages after a cursor, in a direction.
func (w *world) after(ref roaming.Ref, start roaming.Cursor, d roaming.Direction) []roaming.Message {
	all := slices.Clone(w.messages[ref])
	if d == roaming.Up {
		slices.Reverse(all)
	}
	i := slices.IndexFunc(all, func(m roaming.Message) bool { return cursor(m) == start })
	switch {
	case start == "", i < 0 && w.unknown == "anew":
		return all
	case i >= 0:
		return all[i+1:]
	case w.unknown == "after":
		from, _ := roaming.ParseMessageID(string(start))
		return slices.DeleteFunc(all, func(m roaming.Message) bool { return m.ID <= from })
	default:
		return nil
	}
}

// missing reports whether a cursor's message is gone.
func (w *world) missing(ref roaming.Ref, start roaming.Cursor) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return start != "" && !slices.ContainsFunc(w.messages[ref], func(m roaming.Message) bool { return cursor(m) == start })
}

// cursor returns the cursor for what follows a message.
func cursor(m roaming.Message) roaming.Cursor {
	if m.ID == 0 {
		return roaming.Cursor("after " + m.Text)
	}
	return roaming.Cursor(m.ID.String())
}

// spoilt reports whether a message is unreadable.
func (w *world) spoilt(ref roaming.Ref, m roaming.Message) bool {
	stretch := w.stretch[ref]
	return w.bad[ref] > 0 && int(m.ID)%w.bad[ref] == 0 || stretch > 0 && int(m.ID)/stretch%3 == 0
}

func chat(user, peer string) roaming.Ref {
	return roaming.Ref{User: user, Conversation: peer, Type: roaming.Chat}
}

func group(user, id string) roaming.Ref {
	return roaming.Ref{User: user, Conversation: id, Type: roaming.Group}
}
