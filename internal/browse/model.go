package browse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// focus is the pane that keys go to.
type focus int

const (
	onUsers focus = iota
	onConversations
	onChat
)

// row is a conversation of the list.
type row struct {
	ref    roaming.Ref
	unread int
	pinned bool
	at     roaming.Time
	last   string // the last message, on one safe line
}

// model is the browser's state. Only Update changes it.
type model struct {
	o      Options
	about  source.About
	reader *reader
	turn   turn // of reads
	saving turn // of attachments, exports and plans
	keys   keyMap
	screen screen
	width  int
	height int

	focus         focus
	user          string
	users         list[string]
	conversations list[row]
	chat          *chat

	prompt *prompt // nil: none
	text   *text   // covers the panes; nil: none
	choice bool    // the next key is an export's format
	find   string  // what n and N look for in lists, in lower case

	status  string // what happened last
	isError bool
	working int       // actions that are not done
	since   time.Time // when waiting began; zero: nothing is waited for
	ticks   int
	after   func(time.Duration, func(time.Time) tea.Msg) tea.Cmd
}

var (
	errFull      = fmt.Errorf("the selection is full: %d messages or %d MB", maxSelected, maxSelectedBytes>>20)
	errLostPlace = errors.New("the source lost its place: the conversation changed meanwhile; r reads it again")
)

func newModel(ctx context.Context, o Options) *model {
	return &model{
		o: o, about: o.Source.About(), reader: newReader(ctx), turn: make(turn, 1), saving: make(turn, 1), keys: newKeys(),
		screen: screen{style: newStyle(o.Color)}, user: o.User, chat: &chat{}, after: tea.Tick,
	}
}

// close ends all reads.
func (m *model) close() { m.reader.close() }

// Init implements tea.Model.
func (m *model) Init() tea.Cmd {
	if m.user == "" {
		return tea.Batch(m.openUsers(), m.nextNotice())
	}
	return tea.Batch(m.openUser(m.user), m.nextNotice())
}

func (m *model) openUsers() tea.Cmd {
	m.focus = onUsers
	src, ok := m.o.Source.(source.Lister)
	if !ok {
		m.ask(askUser)
		return nil
	}
	from := newPull(m.reader.ctx, src.Users, func(u string) string { return u })
	return tea.Batch(m.users.open(m.reader, m.turn, from), m.startTicking())
}

func (m *model) openUser(user string) tea.Cmd {
	m.user, m.screen.user, m.focus = user, user, onConversations
	m.closeChat()
	from := newPull(m.reader.ctx, func(ctx context.Context) iter.Seq2[roaming.Conversation, error] {
		return m.o.Source.Conversations(ctx, user)
	}, func(c roaming.Conversation) row { return newRow(user, c) })
	return tea.Batch(m.conversations.open(m.reader, m.turn, from), m.startTicking())
}

func newRow(user string, c roaming.Conversation) row {
	r := row{ref: roaming.Ref{User: user, Conversation: c.ID, Type: c.Type}, unread: c.Unread, pinned: c.Pinned, at: c.LastActive}
	if c.LastMessage != nil {
		r.last = render.Line(bounded(strings.ReplaceAll(render.Summary(*c.LastMessage), "\n", " "), 300))
	}
	return r
}

func (m *model) closeChat() {
	if m.chat.cancel != nil {
		m.chat.cancel()
	}
	m.chat = &chat{version: m.chat.version + 1}
}

func (m *model) openChat(ref roaming.Ref) tea.Cmd {
	m.focus = onChat
	if m.chat.ref == ref {
		return nil
	}
	m.closeChat()
	m.chat.ref = ref
	m.chat.ctx, m.chat.cancel = context.WithCancel(m.reader.ctx)
	return tea.Batch(m.readNewest(), m.startTicking())
}

// cancelReads ends the chat's reads, and reports whether there were any.
func (m *model) cancelReads() bool {
	if !m.chat.loading {
		return false
	}
	m.chat.cancel()
	m.chat.ctx, m.chat.cancel = context.WithCancel(m.reader.ctx)
	return true
}

// report shows what happened. An error stays until the next key.
func (m *model) report(text string, err error) {
	switch {
	case errors.Is(err, context.Canceled):
		m.status, m.isError = "cancelled; r reads again", false
	case err != nil:
		m.status, m.isError = describe(err), true
	case text != "" || !m.isError:
		m.status, m.isError = text, false
	}
}

// busy reports whether something is waited for.
func (m *model) busy() bool {
	return m.chat.loading || m.users.loading || m.conversations.loading || m.working > 0
}

type tickMsg struct{}

const tick = 250 * time.Millisecond

// startTicking has the status line say how long something takes.
func (m *model) startTicking() tea.Cmd {
	if !m.since.IsZero() || !m.busy() {
		return nil
	}
	m.since, m.ticks = m.o.Now(), 0
	return m.after(tick, func(time.Time) tea.Msg { return tickMsg{} })
}

func (m *model) tick() tea.Cmd {
	if !m.busy() {
		m.since = time.Time{}
		return nil
	}
	m.ticks++
	return m.after(tick, func(time.Time) tea.Msg { return tickMsg{} })
}

type noticeMsg string

// nextNotice waits for a notice.
func (m *model) nextNotice() tea.Cmd {
	if m.o.Notices == nil {
		return nil
	}
	done := m.reader.ctx.Done()
	return func() tea.Msg {
		select {
		case text := <-m.o.Notices:
			return noticeMsg(text)
		case <-done:
			return nil
		}
	}
}

// setSize takes the terminal's size.
func (m *model) setSize(w, h int) { m.width, m.height = w, h }

// setMethod takes how the terminal measures text.
func (m *model) setMethod(report tea.ModeReportMsg) {
	if report.Mode == ansi.ModeUnicodeCore && (report.Value == ansi.ModeReset || report.Value == ansi.ModeSet || report.Value == ansi.ModePermanentlySet) {
		m.screen.method = ansi.GraphemeWidth
	}
}
