package browse

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// pageMsg is a part of a conversation that was read.
type pageMsg struct {
	version int
	page    page
	down    bool // it follows the window
	err     error

	// whole, if not nil, replaces the window; the cursor is on the entry at.
	whole *window
	at    int
	note  string // for the user
}

// query chooses messages of the pane.
func (c *chat) query(d roaming.Direction, after source.Position) source.Query {
	return source.Query{Direction: d, After: after, Filter: c.filter, Raw: true}
}

// read reads in the background for the window as it is now.
func (m *model) read(work func(ctx context.Context, src source.Source, c chat) (pageMsg, error)) tea.Cmd {
	c := *m.chat // a copy: the window changes meanwhile
	m.chat.loading = true
	src := m.o.Source
	return m.reader.do(c.ctx, m.turn, func(ctx context.Context, err error) tea.Msg {
		var msg pageMsg
		if err == nil {
			msg, err = work(ctx, src, c)
		}
		msg.version, msg.err = c.version, err
		return msg
	})
}

// replace reads another part of the conversation in place of the window.
func (m *model) replace(work func(ctx context.Context, src source.Source, c chat) (pageMsg, error)) tea.Cmd {
	m.chat.version++
	return m.read(work)
}

// readNewest reads the end of the conversation.
func (m *model) readNewest() tea.Cmd {
	return m.replace(func(ctx context.Context, src source.Source, c chat) (pageMsg, error) {
		p, err := readPage(ctx, src, c.ref, c.query(roaming.Up, ""))
		return pageMsg{whole: &window{p.entries, p.end, true}, at: len(p.entries) - 1}, err
	})
}

// readOldest reads the beginning of the conversation.
func (m *model) readOldest() tea.Cmd {
	return m.replace(func(ctx context.Context, src source.Source, c chat) (pageMsg, error) {
		p, err := readPage(ctx, src, c.ref, c.query(roaming.Down, ""))
		return pageMsg{whole: &window{p.entries, true, p.end}}, err
	})
}

// readFrom reads what was sent at a time or later.
func (m *model) readFrom(at time.Time) tea.Cmd {
	return m.replace(func(ctx context.Context, src source.Source, c chat) (pageMsg, error) {
		q := c.query(roaming.Down, "")
		q.Since = at
		p, err := readPage(ctx, src, c.ref, q)
		if err != nil {
			return pageMsg{}, err
		}
		if len(p.entries) > 0 {
			return around(ctx, src, c, p, 0)
		}
		p, err = readPage(ctx, src, c.ref, c.query(roaming.Up, ""))
		return pageMsg{whole: &window{p.entries, p.end, true}, at: len(p.entries) - 1, note: "no message at that time or later; these are the newest"}, err
	})
}

// readAround reads the messages before and after one.
func (m *model) readAround(at source.Position) tea.Cmd {
	return m.replace(func(ctx context.Context, src source.Source, c chat) (pageMsg, error) {
		p, err := readPage(ctx, src, c.ref, c.query(roaming.Up, at))
		if err != nil {
			return pageMsg{}, err
		}
		// The message itself comes first after the one before it.
		before := source.Position("")
		for n := len(p.entries); n > 0 && before == ""; n = len(p.entries) {
			if before = p.entries[n-1].Position; before == "" {
				p.entries = p.entries[:n-1]
			}
		}
		next, err := readPage(ctx, src, c.ref, c.query(roaming.Down, before))
		w := &window{append(p.entries, next.entries...), p.end, next.end}
		cursor := slices.IndexFunc(w.entries, func(e *entry) bool { return e.Position == at })
		return pageMsg{whole: w, at: max(0, cursor)}, err
	})
}

// around completes a page that was read down with the one before it.
func around(ctx context.Context, src source.Source, c chat, p page, at int) (pageMsg, error) {
	w := &window{entries: p.entries, newest: p.end}
	if p.entries[0].Position != "" {
		earlier, err := readPage(ctx, src, c.ref, c.query(roaming.Up, p.entries[0].Position))
		if err != nil {
			return pageMsg{}, err
		}
		w.entries, w.oldest = slices.Concat(earlier.entries, p.entries), earlier.end
		at += len(earlier.entries)
	}
	return pageMsg{whole: w, at: at}, nil
}

// readMore reads another page if the cursor is near an end of the window that is not the
// conversation's.
func (m *model) readMore() tea.Cmd {
	c := m.chat
	n := len(c.entries)
	if c.loading || c.failed || n == 0 {
		return nil
	}
	up := !c.oldest && isNear(c.entries[:c.cursor]) && c.entries[0].Position != ""
	down := !c.newest && isNear(c.entries[c.cursor+1:]) && c.entries[n-1].Position != ""
	if !up && !down {
		return nil
	}
	return m.read(func(ctx context.Context, src source.Source, c chat) (pageMsg, error) {
		q := c.query(roaming.Up, c.entries[0].Position)
		if !up {
			q = c.query(roaming.Down, c.entries[len(c.entries)-1].Position)
		}
		p, err := readPage(ctx, src, c.ref, q)
		return pageMsg{page: p, down: !up}, err
	})
}

// addPage takes a page that was read.
func (m *model) addPage(msg pageMsg) {
	c := m.chat
	if msg.version != c.version {
		return
	}
	c.loading, c.failed = false, msg.err != nil
	m.report(msg.note, msg.err)
	switch {
	case msg.whole != nil && (msg.err == nil || len(msg.whole.entries) > 0):
		c.window, c.cursor = *msg.whole, max(0, msg.at)
		c.anchor = m.chatPane().height // settle moves it up: the newest message is at the bottom
		if !c.newest {
			c.anchor /= 3
		}
	case msg.whole != nil:
	case c.has(msg.page):
		c.failed = true
		m.report("", errLostPlace)
	case msg.down:
		c.cursor = c.appendPage(msg.page, c.cursor)
	default:
		c.cursor = c.prepend(msg.page, c.cursor)
	}
}
