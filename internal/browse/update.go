package browse

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/roamctl/roamctl/internal/render"
)

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.handle(msg)
	return m, tea.Batch(cmd, m.settle(), m.startTicking())
}

func (m *model) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.setSize(msg.Width, msg.Height)
	case tea.ModeReportMsg:
		m.setMethod(msg)
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.PasteMsg:
		if m.prompt != nil {
			return m.prompt.update(msg)
		}
	case tea.MouseWheelMsg:
		return m.wheel(msg.Mouse())
	case tea.MouseClickMsg:
		return m.click(msg.Mouse())
	case rowsMsg[string]:
		m.addUsers(msg)
	case rowsMsg[row]:
		m.addConversations(msg)
	case pageMsg:
		m.addPage(msg)
	case hitMsg:
		return m.showHit(msg)
	case doneMsg:
		m.working--
		m.report(msg.text, msg.err)
	case noticeMsg:
		m.report(oneLine(string(msg)), nil)
		return m.nextNotice()
	case tickMsg:
		return m.tick()
	}
	return nil
}

func (m *model) addUsers(msg rowsMsg[string]) {
	if msg.from != m.users.from {
		return
	}
	note := ""
	if m.users.add(msg) {
		note = notBelow
	}
	m.report(note, msg.err)
	if len(m.users.rows) == 0 && msg.ended && m.user == "" {
		m.ask(askUser)
	}
}

func (m *model) addConversations(msg rowsMsg[row]) {
	l := &m.conversations
	if msg.from != l.from {
		return
	}
	note, missed := "", l.add(msg)
	switch {
	case missed:
		note = notBelow
	case l.unreadable > 0:
		note = render.Count(l.unreadable, "conversation") + " could not be read"
	}
	m.report(note, msg.err)
}

// settle scrolls the panes and reads another page where the cursor is near an end.
func (m *model) settle() tea.Cmd {
	rows := m.panesHeight()
	var cmds []tea.Cmd
	if m.users.settle(rows) {
		cmds = append(cmds, m.users.load(m.reader, m.turn))
	}
	if m.conversations.settle(rows / rowHeight) {
		cmds = append(cmds, m.conversations.load(m.reader, m.turn))
	}
	if m.chat.isOpen() && m.width > 0 {
		m.chat.settle(m.chatPane())
		cmds = append(cmds, m.readMore())
	}
	return tea.Batch(cmds...)
}

// press handles a key.
func (m *model) press(k tea.KeyPressMsg) tea.Cmd {
	if k.String() == "ctrl+c" {
		return tea.Quit
	}
	switch {
	case m.prompt != nil:
		return m.pressInPrompt(k)
	case m.text != nil:
		return m.pressInText(k)
	case m.choice:
		return m.chooseFormat(k)
	}
	m.status, m.isError = "", false
	switch {
	case key.Matches(k, m.keys.quit):
		return tea.Quit
	case key.Matches(k, m.keys.help):
		m.text = m.helpText()
	case key.Matches(k, m.keys.next):
		m.turnFocus(1)
	case key.Matches(k, m.keys.previous):
		m.turnFocus(-1)
	case key.Matches(k, m.keys.reload):
		return m.reload()
	case m.focus == onChat:
		cmd := m.pressInChat(k)
		if m.chat.full {
			m.chat.full = false
			m.report("", errFull)
		}
		return cmd
	default:
		return m.pressInList(k)
	}
	return nil
}

// turnFocus goes to the next pane that has something.
func (m *model) turnFocus(step int) {
	for range 3 {
		m.focus = (m.focus + focus(step) + 3) % 3
		if m.focus == onUsers && (m.o.User == "" || len(m.users.rows) > 0) || m.focus == onConversations && m.user != "" ||
			m.focus == onChat && m.chat.isOpen() {
			return
		}
	}
}

// reload reads the focused pane again.
func (m *model) reload() tea.Cmd {
	switch {
	case m.focus == onChat && m.chat.isOpen():
		m.cancelReads()
		if e := m.chat.current(); e != nil && e.Position != "" && !m.chat.newest {
			return m.readAround(e.Position)
		}
		return m.readNewest()
	case m.focus == onConversations:
		return m.openUser(m.user)
	default:
		return m.openUsers()
	}
}
