package browse

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// doneMsg is the end of an action.
type doneMsg struct {
	text string
	err  error
}

// act does something in the background, after what was begun before.
func (m *model) act(what string, work func(ctx context.Context) (string, error)) tea.Cmd {
	m.working++
	m.report(what, nil)
	return m.reader.do(m.reader.ctx, m.saving, func(ctx context.Context, err error) tea.Msg {
		if err != nil {
			return doneMsg{err: err}
		}
		text, err := work(ctx)
		return doneMsg{oneLine(text), err}
	})
}

// fetch saves the attachment of a message.
func (m *model) fetch(e *entry) tea.Cmd {
	if e.failed != "" || !source.File.Has(e.Message.Message) {
		m.report("this message has no attachment", nil)
		return nil
	}
	message := e.Message
	return m.act("fetching the attachment", func(ctx context.Context) (string, error) {
		return m.o.Actions.Attachment(ctx, message)
	})
}

// chooseFormat exports the chosen messages in the format of a key.
func (m *model) chooseFormat(k tea.KeyPressMsg) tea.Cmd {
	m.choice = false
	format, ok := map[string]Format{"h": HTML, "n": NDJSON}[k.String()]
	if !ok {
		m.report("not exported", nil)
		return nil
	}
	return m.withChosen("exporting", func(ctx context.Context, ref roaming.Ref, messages []source.Message) (string, error) {
		return m.o.Actions.Export(ctx, ref, messages, format)
	})
}

// plan writes a plan that deletes the chosen messages.
func (m *model) plan() tea.Cmd {
	return m.withChosen("planning; nothing is deleted", m.o.Actions.Plan)
}

// withChosen does something with the chosen messages, oldest first.
func (m *model) withChosen(what string, work func(context.Context, roaming.Ref, []source.Message) (string, error)) tea.Cmd {
	ref, messages := m.chat.ref, m.chat.chosen()
	if len(messages) == 0 {
		return nil
	}
	slices.SortStableFunc(messages, func(a, b source.Message) int { return a.Timestamp.Compare(b.Timestamp.Time) })
	return m.act(what, func(ctx context.Context) (string, error) { return work(ctx, ref, messages) })
}
