package browse

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/roamctl/roamctl/internal/render"
)

// text is a text that covers the panes: help, or a message's details.
type text struct {
	title   string
	content string // several lines, not made safe
	top     int
}

func (t *text) lines(s screen, w int) []string { return s.lines(t.content, w) }

// pressInText scrolls the text, or closes it.
func (m *model) pressInText(k tea.KeyPressMsg) tea.Cmd {
	page := m.panesHeight()
	last := len(m.text.lines(m.screen, m.width)) - page
	switch {
	case key.Matches(k, m.keys.down):
		m.text.top++
	case key.Matches(k, m.keys.up):
		m.text.top--
	case key.Matches(k, m.keys.pageDown), key.Matches(k, m.keys.choose):
		m.text.top += page
	case key.Matches(k, m.keys.pageUp):
		m.text.top -= page
	case key.Matches(k, m.keys.first):
		m.text.top = 0
	case key.Matches(k, m.keys.last):
		m.text.top = last
	case key.Matches(k, m.keys.copyID), key.Matches(k, m.keys.copyText), key.Matches(k, m.keys.fetch):
		if m.focus == onChat {
			return m.pressOnMessage(k)
		}
	default:
		m.text = nil
		return nil
	}
	m.text.top = max(0, min(m.text.top, last))
	return nil
}

func (m *model) helpText() *text {
	h := help.New()
	h.Styles = help.Styles{}
	return &text{title: "Keys", content: h.FullHelpView(m.keys.full()) + "\n\n" + commands}
}

// detailsText is all that is known of a message.
func (m *model) detailsText(e *entry) *text {
	t := &text{title: "Message " + e.ID.String()}
	var b strings.Builder
	field := func(name, value string) {
		if value != "" {
			b.WriteString(name + strings.Repeat(" ", max(1, 14-len(name))) + render.Safe(value) + "\n")
		}
	}
	object := func(name string, v any) {
		if encoded, err := json.MarshalIndent(v, "", "  "); err == nil && string(encoded) != "null" && string(encoded) != "{}" {
			b.WriteString("\n" + name + "\n" + bounded(string(encoded), maxShown) + "\n")
		}
	}
	if e.failed != "" {
		t.title = "Unreadable item"
		field("reason", e.failed)
		t.content = b.String()
		return t
	}
	field("id", e.ID.String())
	if e.Key != "" {
		field("archive key", e.Key.String())
	}
	if !e.Timestamp.IsZero() {
		field("time (UTC)", e.Timestamp.String())
		field("local time", e.Timestamp.In(m.o.Zone).Format("2006-01-02 15:04:05.000 -07:00 Monday"))
	}
	field("raw time", e.RawTimestamp)
	field("kind", string(e.Kind))
	field("from", e.From)
	field("to", e.To)
	field("conversation", string(e.ChatType)+" "+e.Conversation)
	field("recipients", strings.Join(e.Recipients, ", "))
	if e.Edited != nil {
		field("edited by", e.Edited.By+" "+e.Edited.At.String())
	}
	for _, r := range remarks(e, m.o.Zone) {
		field("remark", r)
	}
	if e.Text != "" {
		b.WriteString("\ntext\n" + bounded(e.Text, maxShown) + "\n")
	}
	object("body", e.Body)
	object("ext", e.Ext)
	object("reactions", e.Reactions)
	object("thread", e.Thread)
	object("stream", e.Stream)
	if len(e.Raw) > 0 {
		b.WriteString("\nraw (" + render.Count(len(e.Raw), "byte") + ")\n" + rawText(e.Raw))
	}
	t.content = b.String()
	return t
}

// rawText shows JSON as it is and other bytes in hexadecimal.
func rawText(raw []byte) string {
	raw = raw[:min(len(raw), 16<<10)]
	if len(raw) > 0 && raw[0] == '{' && utf8.Valid(raw) {
		return string(raw)
	}
	return hex.Dump(raw)
}

// age is how long ago a moment was, in whole seconds.
func age(now, then time.Time) string { return now.Sub(then).Round(time.Second).String() }
