// Package browse has the command that shows conversations in the terminal.
package browse

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/browse"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/source"
)

type options struct {
	user           string
	from           app.From
	out            string // absolute
	folder         string // out as the user wrote it
	reason, ticket string
	redact         flags.Redact
}

// New is the browse command.
func New(a *app.App) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "browse [--user USER]",
		Short: "Browse conversations in the terminal",
		Long: `Browse the conversations of a user in the terminal: the list, latest first, and the
messages as a chat, the newest at the bottom. Older messages are read while one
scrolls. ? shows the keys and the commands that do the same.

The messages come from the service, or with --archive, --backup or --export from
there. Reads of the service count against its limits; the status line says when one
waits for them. A conversation list can be read 5 times a minute for each user.

Nothing is changed on the service. o saves a message's attachment to --out, and opens
it if its content is an image, sound or video; all else gets the ending .bin. e exports
the selected messages as HTML or NDJSON, and d writes a plan that deletes them, for
review and roamctl apply.

--redact RULES redacts what e exports. The screen, what y copies, attachments and plans
have the messages as they are.`,
		Example: `  roamctl browse --user alice --sandbox
  roamctl browse -u alice --archive --out ticket-17
  roamctl browse --export backups/alice`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	f := cmd.Flags()
	flags.Once(f, &o.user, "user", "u", "browse the history of this `USER` (default: choose one)")
	flags.Source(cmd, &o.from)
	f.StringVar(&o.out, "out", ".", "write attachments, exports and plans to this folder `DIR`")
	f.StringVar(&o.reason, "reason", "", "record this `REASON` in plans")
	f.StringVar(&o.ticket, "ticket", "", "record this `TICKET` in plans")
	o.redact.Declare(cmd)
	return cmd
}

func (o *options) run(ctx context.Context, a *app.App) error {
	if a.Flags.Changed("user") {
		if err := flags.CheckUser("--user", o.user); err != nil {
			return err
		}
	}
	if err := o.redact.Check(); err != nil {
		return err
	}
	in, out, ok := a.IO.Terminal()
	if !ok {
		return fault.New(fault.Usage, "browse needs a terminal").
			WithHint("elsewhere use roamctl conversations list, roamctl messages fetch or roamctl transcript")
	}
	settings, err := a.Settings()
	if err != nil {
		return err
	}
	o.folder = o.out
	if o.out, err = filepath.Abs(o.out); err != nil {
		return err
	}
	redactor, err := o.redact.Open(a, nil)
	if err != nil {
		return err
	}
	o.from.Archive = a.Flags.Changed("archive")
	src, err := a.Source(ctx, o.from)
	if err != nil {
		return err
	}
	notices := make(chan string, 16)
	b := browse.Options{
		Source: src, User: o.user, Zone: settings.Location, Now: a.Now, Color: a.IO.ColorOut(), ParseQuery: a.ParseQuery, Notices: notices,
		ParseTime: func(text string) (time.Time, error) { return a.ParseTime("time", text) },
		Actions:   &actions{options: *o, app: a, src: src, redactor: redactor, start: startProgram},
	}
	if src.About().Kind == source.Live {
		client, err := a.Client(ctx)
		if err != nil {
			return err
		}
		b.Waiting = client.Limiter().IsWaiting
	}
	defer a.IO.SetErr(&noticeWriter{notices})() // the browser has the screen
	return browse.Run(ctx, in, out, o.environ(a), b)
}

// environ are the variables that say what the terminal can do.
func (o *options) environ(a *app.App) (all []string) {
	for _, name := range []string{"TERM", "TERM_PROGRAM", "COLORTERM", "SSH_TTY", "WT_SESSION", "TMUX", "COLUMNS", "LINES"} {
		if value := a.Getenv(name); value != "" {
			all = append(all, name+"="+value)
		}
	}
	return all
}

// noticeWriter passes warnings on to the browser. Those that it has no time for are
// dropped.
type noticeWriter struct{ to chan<- string }

// Write implements io.Writer.
func (w *noticeWriter) Write(b []byte) (int, error) {
	select {
	case w.to <- strings.TrimSpace(string(bytes.ReplaceAll(b, []byte("\n"), []byte(" ")))):
	default:
	}
	return len(b), nil
}
