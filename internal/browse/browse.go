// Package browse is the terminal browser: users, conversations and messages of a
// source.Source, in panes. It reads in the background and holds a bounded part of a
// conversation. What it does with messages is left to Actions.
package browse

import (
	"context"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// Options are what the browser shows and how.
type Options struct {
	Source     source.Source
	User       string // "" to choose one
	Zone       *time.Location
	Now        func() time.Time
	Color      bool
	ParseQuery func(string) (query.Query, error)
	ParseTime  func(string) (time.Time, error)
	Actions    Actions
	// Waiting, if not nil, reports whether a read waits for the rate limit.
	Waiting func() bool
	// Notices, if not nil, has warnings to show.
	Notices <-chan string
}

// Actions are what the browser does with messages. Each may take long, and ends with
// its context. The text says what was done.
type Actions interface {
	// Attachment saves the file of a message, and opens it if its content is an image,
	// sound or video.
	Attachment(ctx context.Context, m source.Message) (text string, err error)
	// Export writes messages of a conversation, oldest first, to a new file or folder.
	Export(ctx context.Context, ref roaming.Ref, messages []source.Message, format Format) (text string, err error)
	// Plan writes a plan that deletes messages of a conversation. It deletes nothing.
	Plan(ctx context.Context, ref roaming.Ref, messages []source.Message) (text string, err error)
}

// Format is the format of exported messages.
type Format string

// The formats.
const (
	HTML   Format = "html"
	NDJSON Format = "ndjson"
)

// Run shows the browser on a terminal until the user quits or ctx ends. environ are
// the variables that describe the terminal.
func Run(ctx context.Context, in io.Reader, out io.Writer, environ []string, o Options) error {
	m := newModel(ctx, o)
	profile := colorprofile.ASCII
	if o.Color {
		profile = colorprofile.ANSI
	}
	_, err := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithEnvironment(environ),
		tea.WithoutSignalHandler(), tea.WithColorProfile(profile)).Run()
	m.close()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
