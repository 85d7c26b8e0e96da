package browse

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// question is what a prompt asks for.
type question int

const (
	askUser question = iota
	askFind
	askSearch
	askDate
	askFilter
)

// maxInput is the longest input, in characters.
const maxInput = 1000

// prompt is the line in which the user types.
type prompt struct {
	question question
	label    string
	input    textinput.Model
}

// ask shows a prompt, with what was answered before.
func (m *model) ask(q question) {
	label := map[question]string{
		askUser: "user: ", askFind: "find: ", askSearch: "search: ", askDate: "go to (2026-11-20, 3d, ...): ",
		askFilter: "show only (img, SENDER, QUERY; empty: all): ",
	}[q]
	p := &prompt{question: q, label: label, input: textinput.New()}
	p.input.CharLimit = maxInput
	p.input.SetVirtualCursor(false) // input methods write where the terminal's cursor is
	p.input.KeyMap.Paste = key.NewBinding(key.WithDisabled())
	p.input.Focus()
	switch q {
	case askSearch:
		p.input.SetValue(m.chat.search.Source)
	case askFilter:
		p.input.SetValue(m.chat.filter.Source)
	default:
	}
	m.prompt = p
}

func (p *prompt) update(msg tea.Msg) (cmd tea.Cmd) {
	p.input, cmd = p.input.Update(msg)
	return cmd
}

func (m *model) pressInPrompt(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		m.prompt = nil
		return nil
	case "enter":
		p := m.prompt
		m.prompt = nil
		m.status, m.isError = "", false
		return m.answer(p.question, strings.TrimSpace(p.input.Value()))
	}
	return m.prompt.update(k)
}

// answer does what was asked for.
func (m *model) answer(q question, text string) tea.Cmd {
	switch q {
	case askUser:
		if text != "" {
			return m.openUser(text)
		}
	case askFind:
		m.find = strings.ToLower(text)
		m.findRow(1)
	case askSearch:
		return m.searchFor(text)
	case askDate:
		return m.goTo(text)
	case askFilter:
		return m.showOnly(text)
	}
	return nil
}

func (m *model) searchFor(text string) tea.Cmd {
	if text == "" {
		m.chat.search = query.Query{}
		return nil
	}
	q, err := m.o.ParseQuery(text)
	if err != nil {
		m.report("", err)
		return nil
	}
	m.chat.search = q
	m.cancelReads()
	return m.findHit(true, true)
}

func (m *model) goTo(text string) tea.Cmd {
	if text == "" {
		return nil
	}
	at, err := m.o.ParseTime(text)
	if err != nil {
		m.report("", err)
		return nil
	}
	m.cancelReads()
	return m.readFrom(at)
}

// showOnly filters the messages: by kinds and senders, each one word, or by a query.
func (m *model) showOnly(text string) tea.Cmd {
	q := query.Query{}
	if text != "" {
		var err error
		if q, err = m.o.ParseQuery(filterQuery(text)); err != nil {
			m.report("", err)
			return nil
		}
		q.Source = text
	}
	m.cancelReads()
	m.chat.filter, m.chat.ranging = q, false
	return m.readNewest()
}

// filterQuery makes a query of a single word: the name of a kind, or else of a sender.
func filterQuery(text string) string {
	switch {
	case strings.ContainsAny(text, " \t:：\"“()（）") || strings.HasPrefix(text, "-"):
		return text
	case slices.Contains(append(roaming.Kinds(), roaming.Unknown), roaming.Kind(strings.ToLower(text))):
		return "kind:" + text
	}
	return "from:" + text
}

// view draws the prompt in w columns, and says in which one the cursor is. Wide
// characters have two.
func (p *prompt) view(s screen, w int) (line string, cursor int) {
	value, at := []rune(p.input.Value()), p.input.Position()
	width := s.method.StringWidth
	before, after := render.Safe(string(value[:at])), render.Safe(string(value[at:]))
	label := p.label
	if width(label) > w/2 {
		label = s.method.Truncate(label, w/2, "… ")
	}
	room := w - width(label) - 1
	if over := width(before) - room; over > 0 {
		before = s.method.TruncateLeft(before, over+1, "…")
	}
	return s.fit(label+before+after, w), width(label + before)
}

// describe is an error with its hint, on one safe line.
func describe(err error) string {
	text := err.Error()
	if hint := fault.HintOf(err); hint != "" {
		text += " (" + hint + ")"
	}
	return render.Line(bounded(strings.ReplaceAll(text, "\n", " "), 2<<10))
}
