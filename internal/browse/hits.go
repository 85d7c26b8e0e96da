package browse

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// hitMsg is the answer to a search: the position of a hit, "" for none.
type hitMsg struct {
	version int
	at      source.Position
	err     error
	older   bool
}

// findHit looks for the next hit of the search, in one direction; included says that
// the current message may be it.
func (m *model) findHit(older, included bool) tea.Cmd {
	c := *m.chat
	from := c.cursor
	if included && older {
		from++
	} else if included {
		from--
	}
	q := c.query(roaming.Down, "")
	if older {
		q.Direction = roaming.Up
	}
	if from >= 0 && from < len(c.entries) {
		q.After = c.entries[from].Position
	}
	q.Filter = c.search
	if c.filter.Expr != nil {
		q.Filter.Expr = query.And{c.filter.Expr, c.search.Expr}
	}
	m.chat.loading = true
	src := m.o.Source
	return m.reader.do(c.ctx, m.turn, func(ctx context.Context, err error) tea.Msg {
		msg := hitMsg{version: c.version, older: older, err: err}
		if err != nil {
			return msg
		}
		for found, err := range src.Messages(ctx, c.ref, q) {
			if roaming.IsItemError(err) || err == nil && found.Position == "" {
				continue
			}
			msg.at, msg.err = found.Position, err
			break
		}
		return msg
	})
}

// showHit moves to a hit.
func (m *model) showHit(msg hitMsg) tea.Cmd {
	c := m.chat
	if msg.version != c.version {
		return nil
	}
	c.loading = false
	if msg.at == "" || msg.err != nil {
		text := "no newer hit; n looks for older ones"
		if msg.older {
			text = "no older hit; N looks for newer ones"
		}
		m.report(text, msg.err)
		return nil
	}
	m.report("", nil)
	i := slices.IndexFunc(c.entries, func(e *entry) bool { return e.Position == msg.at })
	if i < 0 {
		return m.readAround(msg.at)
	}
	c.move(m.chatPane(), i-c.cursor)
	return m.readMore()
}
