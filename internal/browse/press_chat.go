package browse

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/render"
)

// pressInChat handles a key in the messages.
func (m *model) pressInChat(k tea.KeyPressMsg) tea.Cmd {
	c, p := m.chat, m.chatPane()
	switch {
	case key.Matches(k, m.keys.down):
		c.move(p, 1)
	case key.Matches(k, m.keys.up):
		c.move(p, -1)
	case key.Matches(k, m.keys.pageDown):
		c.turnPage(p, 1)
	case key.Matches(k, m.keys.pageUp):
		c.turnPage(p, -1)
	case key.Matches(k, m.keys.first):
		return m.goFirst()
	case key.Matches(k, m.keys.last):
		return m.goLast()
	case key.Matches(k, m.keys.back):
		return m.back(k)
	case key.Matches(k, m.keys.search):
		m.ask(askSearch)
	case key.Matches(k, m.keys.date):
		m.ask(askDate)
	case key.Matches(k, m.keys.filter):
		m.ask(askFilter)
	case key.Matches(k, m.keys.older):
		return m.findNext(true)
	case key.Matches(k, m.keys.newer):
		return m.findNext(false)
	default:
		return m.pressOnMessage(k)
	}
	return nil
}

// goFirst goes to the oldest message.
func (m *model) goFirst() tea.Cmd {
	if !m.chat.oldest {
		m.endRange()
		return m.readOldest()
	}
	m.chat.move(m.chatPane(), -m.chat.cursor)
	return nil
}

// goLast goes to the newest message.
func (m *model) goLast() tea.Cmd {
	if !m.chat.newest {
		m.endRange()
		return m.readNewest()
	}
	m.chat.move(m.chatPane(), len(m.chat.entries))
	return nil
}

// endRange ends a range before a jump over messages that are not loaded.
func (m *model) endRange() {
	if m.chat.ranging {
		m.chat.ranging = false
		m.report("the range ended: a jump over messages that are not loaded selects none", nil)
	}
}

// back cancels what is going on, one thing a key, or leaves the pane.
func (m *model) back(k tea.KeyPressMsg) tea.Cmd {
	c := m.chat
	switch {
	case k.String() != "esc":
		m.focus = onConversations
	case m.cancelReads():
	case c.ranging:
		c.ranging = false
	case len(c.selected) > 0:
		c.selected = nil
	case c.search.Expr != nil:
		c.search = query.Query{}
	case c.filter.Expr != nil:
		c.filter = query.Query{}
		if e := c.current(); e != nil && e.Position != "" {
			return m.readAround(e.Position)
		}
		return m.readNewest()
	default:
		m.focus = onConversations
	}
	return nil
}

func (m *model) findNext(older bool) tea.Cmd {
	switch {
	case m.chat.search.Expr == nil:
		m.report("/ searches", nil)
		return nil
	case m.chat.loading:
		return nil
	}
	m.endRange()
	return m.findHit(older, false)
}

// pressOnMessage handles a key that does something with messages.
func (m *model) pressOnMessage(k tea.KeyPressMsg) tea.Cmd {
	c := m.chat
	e := c.current()
	if e == nil {
		return nil
	}
	switch {
	case key.Matches(k, m.keys.open):
		m.text = m.detailsText(e)
	case key.Matches(k, m.keys.choose):
		m.toggle(e)
	case key.Matches(k, m.keys.rangeOf):
		if c.ranging = !c.ranging; c.ranging {
			c.choose(e)
			m.report("moving selects; v ends the range", nil)
		}
	case key.Matches(k, m.keys.copyID):
		return m.copy("ID", func(e *entry) string { return e.ID.String() })
	case key.Matches(k, m.keys.copyText):
		return m.copy("text", func(e *entry) string { return render.SafeLines(render.Summary(e.Message.Message)) })
	case key.Matches(k, m.keys.fetch):
		return m.fetch(e)
	case key.Matches(k, m.keys.export_):
		if len(c.chosen()) > 0 {
			m.choice = true
		}
	case key.Matches(k, m.keys.plan):
		return m.plan()
	default:
		m.report(k.String()+" does nothing here; ? shows the keys", nil)
	}
	return nil
}

// toggle selects a message or drops it from the selection, and moves to the next.
func (m *model) toggle(e *entry) {
	c := m.chat
	if i := c.selectedAt(e); i >= 0 {
		c.selected = append(c.selected[:i:i], c.selected[i+1:]...)
	} else if !c.choose(e) {
		return
	}
	c.move(m.chatPane(), 1)
}

// copy copies something of the chosen messages to the terminal's clipboard (OSC 52).
func (m *model) copy(what string, of func(*entry) string) tea.Cmd {
	var all []string
	for _, message := range m.chat.chosen() {
		if text := of(&entry{Message: message}); text != "" {
			all = append(all, text)
		}
	}
	if len(all) == 0 {
		m.report("there is no "+what+" to copy", nil)
		return nil
	}
	m.report("sent to the terminal's clipboard: "+what+" of "+render.Count(len(all), "message"), nil)
	return tea.SetClipboard(strings.Join(all, "\n"))
}
