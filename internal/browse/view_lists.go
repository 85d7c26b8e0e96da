package browse

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// listLines are the users or the conversations, w columns wide.
func (m *model) listLines(w int) []string {
	if m.focus == onUsers || m.user == "" {
		return m.userLines(w)
	}
	return m.conversationLines(w)
}

func (m *model) userLines(w int) []string {
	l := &m.users
	if len(l.rows) == 0 {
		return []string{m.screen.dim.Render(m.empty(l.loading, l.failed, " Enter: type a user ID"))}
	}
	var lines []string
	for i := l.top; i < len(l.rows) && len(lines) < m.panesHeight(); i++ {
		lines = append(lines, m.listLine(" "+oneLine(l.rows[i]), "", w, i == l.cursor, m.focus == onUsers))
	}
	return lines
}

func (m *model) empty(loading, failed bool, text string) string {
	switch {
	case loading:
		return " reading..."
	case failed:
		return " could not be read; r tries again"
	}
	return text
}

func (m *model) conversationLines(w int) []string {
	l, s := &m.conversations, m.screen
	if len(l.rows) == 0 {
		return []string{s.dim.Render(m.empty(l.loading, l.failed, " no conversations"))}
	}
	var lines []string
	for i := l.top; i < len(l.rows) && len(lines) < m.panesHeight(); i++ {
		r := l.rows[i]
		name := oneLine(r.name())
		pin, at := " ", render.ShortTime(r.at.Time, m.o.Now(), m.o.Zone)
		if w < twoPanes/2 { // no room for a date and a time
			at, _, _ = strings.Cut(at, " ")
		}
		if r.pinned {
			pin = "*"
		}
		if r.unread > 0 {
			at = fmt.Sprintf("(%d) %s", r.unread, at)
		}
		current := i == l.cursor
		lines = append(lines, m.listLine(pin+name, at, w, current, m.focus == onConversations || m.chat.ref == r.ref),
			s.dim.Render(s.fit("  "+r.last, w)))
	}
	return lines
}

// name is the conversation's ID, and its type unless it is a chat.
func (r row) name() string {
	if r.ref.Type == roaming.Chat {
		return r.ref.Conversation
	}
	return string(r.ref.Type) + " " + r.ref.Conversation
}

// listLine is the first line of a row.
func (m *model) listLine(left, right string, w int, current, focused bool) string {
	line := m.screen.ends(left, right, w)
	switch {
	case current && focused:
		return m.screen.current.Render(line)
	case current:
		return m.screen.bold.Render(line)
	}
	return line
}
