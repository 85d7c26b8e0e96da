package browse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
	"github.com/roamctl/roamctl/internal/timeparse"
)

// memory is a source whose messages are made when they are read.
type memory struct {
	conversations []roaming.Conversation
	messages      int                                         // of each conversation
	message       func(i int) source.Message                  // the i-th, from the oldest
	fail          func(ref roaming.Ref, q source.Query) error // nil: never
	reads         []source.Query
}

func (s *memory) About() source.About { return source.About{Kind: source.Live, Name: "a1.easemob.com"} }

func (s *memory) Conversations(context.Context, string) iter.Seq2[roaming.Conversation, error] {
	return values(s.conversations)
}

func values[T any](all []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func (s *memory) Messages(ctx context.Context, ref roaming.Ref, q source.Query) iter.Seq2[source.Message, error] {
	return func(yield func(source.Message, error) bool) {
		s.reads = append(s.reads, q)
		if s.fail != nil {
			if err := s.fail(ref, q); err != nil {
				yield(source.Message{}, err)
				return
			}
		}
		i, step := s.messages-1, -1
		if q.Direction == roaming.Down {
			i, step = 0, 1
		}
		if q.After != "" {
			after, _ := strconv.Atoi(string(q.After))
			i = after + step
		}
		for ; i >= 0 && i < s.messages; i += step {
			m := s.message(i)
			m.Position = source.Position(strconv.Itoa(i))
			d := query.Document{Texts: []string{m.Text}, From: m.From, Kind: m.Kind, Time: m.Timestamp.Time}
			if !q.Since.IsZero() && m.Timestamp.Before(q.Since) || !q.Filter.Match(&d) {
				continue
			}
			if ctx.Err() != nil || !yield(m, nil) {
				return
			}
		}
	}
}

func (s *memory) Gaps(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Gap, error] {
	return values[source.Gap](nil)
}

func (s *memory) Attachment(context.Context, source.Message, source.Part, io.Writer) error {
	return fs.ErrNotExist
}

func (s *memory) Close() error { return nil }

// start is the time of the oldest message.
var start = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func said(i int, from, text string) source.Message {
	return source.Message{Message: roaming.Message{
		ID: roaming.MessageID(i + 1), Timestamp: roaming.Time{Time: start.Add(time.Duration(i) * time.Hour)}, ChatType: roaming.Chat, Conversation: "bob",
		From: from, To: "alice", Kind: roaming.Text, Text: text, Body: map[string]any{"msg": text},
	}}
}

// numbered is a source of a few conversations with n short messages each.
func numbered(n int) *memory {
	s := &memory{messages: n, message: func(i int) source.Message {
		return said(i, []string{"bob", "alice"}[i%2], fmt.Sprintf("message %d", i))
	}}
	for i, id := range []string{"bob", "g1", "张伟"} {
		c := roaming.Conversation{ID: id, Type: roaming.Chat, Unread: i, Pinned: i == 2, LastActive: roaming.Time{Time: start}}
		if id == "g1" {
			c.Type = roaming.Group
		}
		last := said(0, "bob", "last of "+id).Message
		c.LastMessage = &last
		s.conversations = append(s.conversations, c)
	}
	return s
}

// acts notes what the browser asks for.
type acts struct{ done []string }

func (a *acts) Attachment(_ context.Context, m source.Message) (string, error) {
	a.done = append(a.done, "attachment "+m.ID.String())
	return "saved x.png", nil
}

func (a *acts) Export(_ context.Context, ref roaming.Ref, messages []source.Message, f Format) (string, error) {
	a.done = append(a.done, fmt.Sprintf("export %s %s %s", ref.Conversation, f, ids(messages)))
	return "exported", nil
}

func (a *acts) Plan(_ context.Context, ref roaming.Ref, messages []source.Message) (string, error) {
	a.done = append(a.done, fmt.Sprintf("plan %s %s", ref.Conversation, ids(messages)))
	return "", errors.New("no\x1b[31m plan")
}

func ids(messages []source.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.ID.String())
	}
	return strings.Join(all, ",")
}

// terminal runs a model as bubbletea does, but one command after the other.
type terminal struct {
	*model

	acts      *acts
	clipboard []string
	quit      bool
	held      []tea.Cmd // not run yet
	hold      bool
}

func open(t testing.TB, s source.Source, width, height int) *terminal {
	t.Helper()
	a := &acts{}
	now := func() time.Time { return start.AddDate(0, 0, 10) }
	parse := func(text string) (time.Time, error) { return timeparse.Parse(text, now(), time.UTC) }
	m := newModel(t.Context(), Options{
		Source: s, User: "alice", Zone: time.UTC, Now: now, Actions: a, ParseTime: parse,
		ParseQuery: func(text string) (query.Query, error) {
			return query.Parse(text, query.Times{Start: parse, End: parse})
		},
	})
	m.after = func(time.Duration, func(time.Time) tea.Msg) tea.Cmd { return nil }
	t.Cleanup(m.close)
	x := &terminal{model: m, acts: a}
	x.run(m.Init())
	x.send(tea.WindowSizeMsg{Width: width, Height: height})
	return x
}

func (x *terminal) send(msg tea.Msg) {
	_, cmd := x.Update(msg)
	x.run(cmd)
}

func (x *terminal) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if x.hold {
		x.held = append(x.held, cmd)
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.QuitMsg:
		x.quit = true
	case tea.BatchMsg:
		for _, cmd := range msg {
			x.run(cmd)
		}
	default:
		if strings.HasSuffix(fmt.Sprintf("%T", msg), "setClipboardMsg") {
			x.clipboard = append(x.clipboard, fmt.Sprint(msg))
			return
		}
		x.send(msg)
	}
}

// press presses keys, by their names; any other text is typed.
func (x *terminal) press(keys ...string) {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "up": tea.KeyUp,
		"down": tea.KeyDown, "left": tea.KeyLeft, "space": tea.KeySpace, "backspace": tea.KeyBackspace,
	}
	for _, k := range keys {
		if code, ok := special[k]; ok {
			x.send(tea.KeyPressMsg{Code: code})
			continue
		}
		for _, r := range k {
			x.send(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
}

// shown is the screen without styles.
func (x *terminal) shown() string { return ansi.Strip(x.View().Content) }
