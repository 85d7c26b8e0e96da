package browse

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

const (
	rowHeight = 2  // lines of a conversation in the list
	gutter    = 2  // columns before a message: the cursor and the selection
	twoPanes  = 72 // columns from which on two panes are beside each other
	minWidth  = 24
	minHeight = 6
)

// panesHeight is what the header, the status line and the keys leave.
func (m *model) panesHeight() int { return max(1, m.height-3) }

// leftWidth is the width of the lists; 0 if the messages alone are shown.
func (m *model) leftWidth() int {
	switch {
	case m.width >= twoPanes:
		return max(28, min(m.width/4, 48))
	case m.focus == onChat:
		return 0
	}
	return m.width
}

// rightWidth is the width of the messages; 0 if a list alone is shown.
func (m *model) rightWidth() int {
	if m.width >= twoPanes {
		return m.width - m.leftWidth() - 1
	}
	if m.focus == onChat {
		return m.width
	}
	return 0
}

// paneAt is the pane at a column.
func (m *model) paneAt(x int) focus {
	switch left := m.leftWidth(); {
	case left == 0 || x > left && m.rightWidth() > 0:
		return onChat
	case m.focus == onUsers:
		return onUsers
	}
	return onConversations
}

// chatPane is where messages are drawn, also while they are hidden.
func (m *model) chatPane() pane {
	w := m.rightWidth()
	if w == 0 {
		w = m.width
	}
	return pane{screen: m.screen, width: max(w-gutter, 12), height: m.panesHeight(), zone: m.o.Zone}
}

// View implements tea.Model.
func (m *model) View() tea.View {
	v := tea.View{AltScreen: true, MouseMode: tea.MouseModeCellMotion}
	if m.width < minWidth || m.height < minHeight {
		v.Content = m.screen.fit("too small", m.width)
		return v
	}
	lines := append([]string{m.header()}, m.panes()...)
	if m.prompt == nil {
		status := m.statusLines()
		lines = append(lines[:len(lines)-len(status)+1], status...)
		lines = append(lines, m.keyLine())
	} else {
		line, x := m.prompt.view(m.screen, m.width)
		lines = append(lines, line, m.screen.dim.Render(m.screen.fit("Enter: go   Esc: back", m.width)))
		v.Cursor = tea.NewCursor(min(x, m.width-1), m.height-2)
	}
	v.Content = strings.Join(lines, "\n")
	return v
}

// header says whose messages of what source are shown.
func (m *model) header() string {
	s := m.screen
	left := " roamctl"
	if m.user != "" {
		left += "  " + oneLine(m.user)
	}
	if m.chat.isOpen() {
		left += " > " + string(m.chat.ref.Type) + " " + oneLine(m.chat.ref.Conversation)
	}
	right := string(m.about.Kind) + " " + oneLine(m.about.Name) + " "
	if s.method.StringWidth(right) > m.width/2 {
		right = string(m.about.Kind) + " "
	}
	return s.current.Render(s.fit(s.ends(left, right, m.width), m.width))
}

// panes are the lists and the messages, or a text over them.
func (m *model) panes() []string {
	h := m.panesHeight()
	lines := make([]string, h)
	if m.text != nil {
		content := m.text.lines(m.screen, m.width)
		for i := range lines {
			if at := m.text.top + i; at < len(content) {
				lines[i] = m.screen.fit(content[at], m.width)
			}
		}
		return lines
	}
	left, right := m.leftWidth(), m.rightWidth()
	var lists, messages []string
	if left > 0 {
		lists = m.listLines(left)
	}
	if right > 0 {
		messages = m.chatLines(right)
	}
	at := func(all []string, i, w int) string {
		if i < len(all) {
			return m.screen.fit(all[i], w)
		}
		return m.screen.fit("", w)
	}
	for i := range lines {
		lines[i] = at(lists, i, left)
		if left > 0 && right > 0 {
			lines[i] += m.screen.dim.Render("│")
		}
		lines[i] += at(messages, i, right)
	}
	return lines
}

// chatLines are the messages with the gutter.
func (m *model) chatLines(w int) []string {
	c, s := m.chat, m.screen
	switch {
	case !c.isOpen() && m.focus == onUsers:
		return []string{s.dim.Render(" Enter opens a user")}
	case !c.isOpen():
		return []string{s.dim.Render(" Enter opens a conversation")}
	case len(c.entries) == 0 && c.loading:
		return []string{s.dim.Render(" reading...")}
	case len(c.entries) == 0 && c.failed:
		return []string{s.dim.Render(" could not be read; r tries again")}
	case len(c.entries) == 0 && c.filter.Expr != nil:
		return []string{s.dim.Render(" no message passes the filter; Esc drops it")}
	case len(c.entries) == 0:
		return []string{s.dim.Render(" no messages")}
	}
	var lines []string
	for _, l := range c.visible(m.chatPane()) {
		cursor, chosen := " ", " "
		if l.entry >= 0 && l.entry == c.cursor && m.focus == onChat {
			cursor = s.bold.Render("▌")
		}
		if l.entry >= 0 && len(c.selected) > 0 && c.isSelected(c.entries[l.entry]) {
			chosen = s.bold.Render("+")
		}
		lines = append(lines, s.fit(cursor+chosen+l.text, w))
	}
	return lines
}
