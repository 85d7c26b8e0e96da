package browse

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// pressInList handles a key in the users or the conversations.
func (m *model) pressInList(k tea.KeyPressMsg) tea.Cmd {
	move, page := m.conversations.move, m.panesHeight()/rowHeight
	goal, rows := &m.conversations.goal, len(m.conversations.rows)
	if m.focus == onUsers {
		move, page = m.users.move, m.panesHeight()
		goal, rows = &m.users.goal, len(m.users.rows)
	}
	switch {
	case key.Matches(k, m.keys.down):
		move(1)
	case key.Matches(k, m.keys.up):
		move(-1)
	case key.Matches(k, m.keys.pageDown):
		move(page)
	case key.Matches(k, m.keys.pageUp):
		move(-page)
	case key.Matches(k, m.keys.first):
		move(-rows)
	case key.Matches(k, m.keys.last):
		move(rows)
		*goal = 1 << 30
	case key.Matches(k, m.keys.open):
		return m.open()
	case key.Matches(k, m.keys.back):
		if stopped := m.users.stop(); m.conversations.stop() || stopped {
			return nil
		}
		if m.focus == onConversations && m.o.User == "" {
			m.focus = onUsers
		}
	case key.Matches(k, m.keys.search):
		ask := askFind
		if m.focus == onUsers && len(m.users.rows) == 0 {
			ask = askUser
		}
		m.ask(ask)
	case m.focus == onUsers && key.Matches(k, m.keys.date):
		m.ask(askUser)
	case key.Matches(k, m.keys.older):
		m.findRow(1)
	case key.Matches(k, m.keys.newer):
		m.findRow(-1)
	default:
		m.report(fmt.Sprintf("%s does nothing here; ? shows the keys", k.String()), nil)
	}
	return nil
}

// open opens the current user or conversation.
func (m *model) open() tea.Cmd {
	if m.focus == onUsers {
		if len(m.users.rows) == 0 {
			m.ask(askUser)
			return nil
		}
		return m.openUser(m.users.rows[m.users.cursor])
	}
	if len(m.conversations.rows) == 0 {
		return nil
	}
	return m.openChat(m.conversations.rows[m.conversations.cursor].ref)
}

// findRow goes to the next row with the text that was looked for.
func (m *model) findRow(step int) {
	if m.find == "" {
		m.report("/ looks for a text", nil)
		return
	}
	wanted := m.find
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), wanted) }
	var found bool
	switch m.focus {
	case onUsers:
		found = m.users.seek(step, has)
	default:
		found = m.conversations.seek(step, func(r row) bool { return has(r.name() + " " + r.last) })
	}
	switch {
	case !found && step < 0:
		m.report("not found above; n looks below", nil)
	case !found:
		m.report(notBelow, nil)
	}
}

const notBelow = "not found below; N looks above"
