// Package transcript has the command that writes conversations as documents.
package transcript

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/transcript"
)

type options struct {
	transcript.Options

	history flags.History
	newest  bool
	out     string
	redact  flags.Redact
}

// New is the transcript command.
func New(a *app.App) *cobra.Command {
	o := options{Options: transcript.Options{Format: transcript.HTML, Attachments: transcript.Embed}}
	cmd := &cobra.Command{
		Use:   "transcript --user USER [QUERY]",
		Short: "Write conversations as documents for people",
		Long: `Write the conversations of a user as documents, into a new folder: one file a
conversation, and an index where there are several. The messages come from the
service, or with --archive, --backup or --export from there.

HTML files need no network and run no script. A file begins with what it has: user,
range, filter, time zone, source, counts, known gaps, and the SHA-256 of the
messages. The same messages give the same file, but for the time when it was made,
which the environment's SOURCE_DATE_EPOCH fixes.

Pictures, voice and video of at most 512 KiB stand inside HTML; other files are in a
subfolder, as all are with --attachments beside. The content of a file decides what it
is; all else is saved with the ending .bin. The service keeps files for 7 days.

--redact takes numbers, addresses and words out of the messages before anything is
written, and leaves out what its rules do not allow, the messages' files too. The
documents say so, and are read again before the folder is put in its place.

--archive=FILE names another archive than the setting; --archive without a value needs
two dashes before QUERY. An archive has the messages of a conversation that its user no
longer sees; they are marked: "recalled" where a notice says so, "deleted for USER" where
the other side of a chat had them later, otherwise "deleted or recalled". QUERY takes only some messages (docs/search.md).`,
		Example: `  roamctl transcript --user alice --conversation bob --out ticket-17 --sandbox
  roamctl transcript -u alice --since 7d --format md --sandbox
  roamctl transcript -u alice -c bob 'dinner OR lunch' --format text --out dinner --sandbox
  roamctl transcript -u alice -c bob --redact rules.yaml --only-user alice --out handover --sandbox
  roamctl transcript -u alice --archive --tz Asia/Shanghai --out alice-all`,
		Args: flags.OneQuery,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	f := cmd.Flags()
	o.history.Declare(cmd, a, "write the history of this `USER` (required)", "write")
	f.BoolVar(&o.newest, "newest", false, "write the newest messages first")
	flags.Choice(cmd, &o.Format, "format", "write the files in this `FORMAT`: html, text or md", transcript.Formats()...)
	flags.Choice(cmd, &o.Attachments, "attachments", "put the messages' files `WHERE`: embed, beside or none", transcript.Embed, transcript.Beside, transcript.None)
	f.StringVar(&o.out, "out", "", "write to this new or empty folder `DIR` (default: transcript-USER-TIME)")
	o.redact.Declare(cmd)
	flags.Columns(cmd, view())
	return cmd
}

func (o *options) run(ctx context.Context, a *app.App, args []string) error {
	if err := o.check(a, args); err != nil {
		return err
	}
	opts, err := app.OutputFor(a, view())
	if err != nil {
		return err
	}
	if err := o.openRedactor(a); err != nil {
		return err
	}
	src, err := a.Source(ctx, o.history.From)
	if err != nil {
		return err
	}
	if o.Now, err = a.SourceTime(ctx, src); err != nil {
		return err
	}
	a.WarnUnsynced(filepath.Dir(o.out))
	result, err := transcript.Write(ctx, src, o.out, o.Options)
	if err != nil {
		return err
	}
	err = app.Report(a, opts, view(), result, func() {
		for _, f := range result.Files {
			a.Note("%s  %s", f.SHA256, filepath.Join(result.Dir, filepath.FromSlash(f.Path)))
		}
		a.Note("wrote %s of %s to %s", render.Count(result.Messages, "message"), render.Count(result.Conversations, "conversation"), result.Dir)
	})
	if err != nil {
		return err
	}
	return verdict(a, result)
}

// openRedactor makes the redactor, if there is one. Files are not looked into, and left
// out unless the rules allow them.
func (o *options) openRedactor(a *app.App) (err error) {
	if o.Redactor, err = o.redact.Open(a, nil); err != nil || o.Redactor == nil {
		return err
	}
	if o.Attachments == transcript.None || o.Redactor.Rules().Allows(redact.Attachments) {
		return nil
	}
	if a.Flags.Changed("attachments") {
		return fault.New(fault.Usage, "--attachments %s with --redact: the rules do not allow attachments, whose content is not redacted", o.Attachments).
			WithHint("leave it out, or allow the field attachments in %s", o.redact.Rules)
	}
	o.Attachments = transcript.None
	return nil
}

// verdict says what the transcript lacks.
func verdict(a *app.App, r transcript.Result) error {
	if r.Gaps > 0 {
		a.Warn("messages may be missing: %s, which the files name", render.Count(r.Gaps, "known gap"))
	}
	if r.Missing > 0 {
		a.Warn("the transcript lacks %s, and says so where each belongs", render.Count(r.Missing, "attachment"))
	}
	switch {
	case r.Unreadable > 0:
		return fault.New(fault.Partial, "%s could not be read; the others are in the transcript", render.Count(r.Unreadable, "item"))
	case r.Failed > 0:
		return fault.New(fault.Partial, "%s could not be read; the files say why", render.Count(r.Failed, "attachment"))
	}
	return nil
}

// check completes the options.
func (o *options) check(a *app.App, args []string) (err error) {
	if err := o.history.Check(a, args); err != nil {
		return err
	}
	if err := o.redact.Check(); err != nil {
		return err
	}
	o.Selection = o.history.Selection
	if o.newest {
		o.Query.Direction = roaming.Up
	}
	s, err := a.Settings()
	if err != nil {
		return err
	}
	c, err := a.Config()
	if err != nil {
		return err
	}
	if !a.Global.Sandbox {
		o.AppKey = c.Value("app_key").Text
	}
	o.Zone, o.Version, o.Made = s.Location, a.Version, a.Now()
	if text := a.Getenv("SOURCE_DATE_EPOCH"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds < 0 {
			return fault.New(fault.Usage, "SOURCE_DATE_EPOCH is %q: it must be a number of seconds since 1970", text)
		}
		o.Made = time.Unix(seconds, 0)
	}
	name, host := a.Operator()
	o.By = name + "@" + host
	if o.out == "" {
		o.out = fmt.Sprintf("transcript-%s-%s", fsutil.SafeName(o.User), a.Now().Format("20060102T150405"))
	}
	o.out, err = filepath.Abs(o.out)
	return err
}

func view() render.View[transcript.Result] {
	v := render.View[transcript.Result]{Columns: render.Fields[transcript.Result]("dir", "conversations", "messages", "unreadable", "gaps", "missing", "failed", "files")}
	return v.WithCell("files", func(r transcript.Result) string { return strconv.Itoa(len(r.Files)) })
}
