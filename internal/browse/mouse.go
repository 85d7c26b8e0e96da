package browse

import tea "charm.land/bubbletea/v2"

// wheelLines is how far one turn of the wheel scrolls.
const wheelLines = 3

func (m *model) wheel(at tea.Mouse) tea.Cmd {
	n := wheelLines
	if at.Button == tea.MouseWheelUp {
		n = -n
	} else if at.Button != tea.MouseWheelDown {
		return nil
	}
	switch {
	case m.text != nil:
		m.text.top = max(0, min(m.text.top+n, len(m.text.lines(m.screen, m.width))-m.panesHeight()))
	case m.paneAt(at.X) == onChat:
		m.chat.scroll(m.chatPane(), n)
	case m.focus == onUsers:
		m.users.move(n)
	default:
		m.conversations.move(n / wheelLines)
	}
	return nil
}

// click chooses what is under the mouse; what is chosen already is opened.
func (m *model) click(at tea.Mouse) tea.Cmd {
	y := at.Y - 1 // below the header
	if at.Button != tea.MouseLeft || m.text != nil || m.prompt != nil || y < 0 || y >= m.panesHeight() {
		return nil
	}
	m.status, m.isError = "", false
	switch m.paneAt(at.X) {
	case onChat:
		return m.clickChat(y)
	case onUsers:
		return clickRow(m, &m.users, onUsers, m.users.top+y)
	default:
		return clickRow(m, &m.conversations, onConversations, m.conversations.top+y/rowHeight)
	}
}

func clickRow[T any](m *model, l *list[T], pane focus, i int) tea.Cmd {
	if i >= len(l.rows) {
		return nil
	}
	again := m.focus == pane && l.cursor == i
	m.focus = pane
	l.move(i - l.cursor)
	if again {
		return m.open()
	}
	return nil
}

func (m *model) clickChat(y int) tea.Cmd {
	m.focus = onChat
	p := m.chatPane()
	lines := m.chat.visible(p)
	if y >= len(lines) || lines[y].entry < 0 {
		return nil
	}
	if i := lines[y].entry; i != m.chat.cursor {
		m.chat.move(p, i-m.chat.cursor)
		return nil
	}
	m.text = m.detailsText(m.chat.current())
	return nil
}
