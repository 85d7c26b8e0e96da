package browse

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/help"

	"github.com/roamctl/roamctl/internal/render"
)

// maxStatus is how many lines the status may take, of which all but one cover the panes.
const maxStatus = 8

// statusLines say what happened or is waited for, and where one is.
func (m *model) statusLines() []string {
	s := m.screen
	left := " " + m.status
	if m.isError {
		left = " error: " + m.status
	}
	if wrapped := s.lines(left, m.width-1); len(wrapped) > 1 && !m.choice && (m.ticks == 0 || !m.busy()) {
		for i := range wrapped {
			wrapped[i] = s.fit(wrapped[i], m.width)
			if m.isError {
				wrapped[i] = s.warn.Render(wrapped[i])
			}
		}
		return wrapped[:min(len(wrapped), maxStatus, m.panesHeight())]
	}
	if m.isError {
		left = s.warn.Render(left)
	}
	switch {
	case m.choice:
		left = " export " + render.Count(len(m.chat.chosen()), "message") + ": h HTML, n NDJSON, Esc"
	case m.busy() && !m.since.IsZero() && m.ticks > 0:
		left = " " + m.waiting()
	}
	var right []string
	c := m.chat
	if n := len(c.selected); n > 0 {
		right = append(right, fmt.Sprintf("%d selected", n))
	}
	if c.filter.Source != "" {
		right = append(right, "only "+s.method.Truncate(oneLine(c.filter.Source), 24, "…"))
	}
	if e := c.current(); e != nil && !e.Timestamp.IsZero() {
		right = append(right, e.Timestamp.In(m.o.Zone).Format("2006-01-02 15:04 -07:00"))
	}
	place := strings.Join(right, " · ") + " "
	if s.method.StringWidth(left)+s.method.StringWidth(place) >= m.width && strings.TrimSpace(left) != "" {
		place = ""
	}
	return []string{s.ends(left, place, m.width)}
}

// waiting says what is waited for, and for how long.
func (m *model) waiting() string {
	text := "reading"
	if m.working > 0 {
		text = "working"
	}
	text = strings.Repeat(".", m.ticks%4) + strings.Repeat(" ", 3-m.ticks%4) + " " + text + " " + age(m.o.Now(), m.since)
	if m.o.Waiting != nil && m.o.Waiting() {
		text += ", waiting for the rate limit"
	}
	if m.chat.loading || m.users.isSeeking() || m.conversations.isSeeking() {
		text += " (Esc cancels)"
	}
	return text
}

// keyLine names the most important keys.
func (m *model) keyLine() string {
	h := help.New()
	h.Styles = help.Styles{}
	h.ShortSeparator = "  "
	h.SetWidth(m.width - 2)
	return m.screen.dim.Render(m.screen.fit(" "+h.ShortHelpView(m.keys.short()), m.width))
}
