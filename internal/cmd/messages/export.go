package messages

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

type exportOptions struct {
	users        flags.Users
	limits       multiuser.Limits
	conversation string
	chatType     roaming.ChatType
	out          string
	template     string
	format       export.Format
	partSize     string
	raw          bool
	since, until string
	redact       flags.Redact
}

func newExport(a *app.App) *cobra.Command {
	o := exportOptions{format: export.NDJSON}
	cmd := &cobra.Command{
		Use:   "export {--user USER | --users-file FILE | --all-users} --out DIR",
		Short: "Export chat history to files, incrementally",
		Long: `Export every conversation of the named users to files, oldest message first. A
manifest lists what each file holds: counts, first and last message, and SHA-256.
roamctl messages export verify DIR checks it, offline.

Run again with the same --out, the command fetches only messages after the last
one of each conversation, and adds them. It compares message IDs, not times. If the
last message was deleted, the export continues after the newest message that both
the export and the service have.
runs resume finishes an interrupted export; the files are the same as without the
interruption.

The export never replaces a file that the manifest does not list, and refuses an
--out in which a listed file is missing or has another size: exit 10.

The export has the conversations on the user's list, and those of earlier exports
to the folder. The list holds 100 at most, and no chat rooms; name others with
--conversation and --type.

--path-template names a conversation's file by {user}, {type}, {conversation} and
{format}. Conversations with the same name share a file, such as all of a user's
with {user}.{format}; .zst at the end compresses. --part-size cuts files into parts
of at most that size before compression; new messages then go to new parts, and no
file is written twice.

Parquet files are for queries, such as with DuckDB. They are always parts, each with
the messages of a month in UTC, in a folder such as month=2025-11 where the template
names the file. docs/export-format.md has the columns.

A page with an unreadable item is requested once more. An item that stays unreadable
is written as it came, and reported: exit 8.

A conversation that the service refuses does not stop the others. It is reported,
also in the manifest, and requested again by the next export: exit 8.

--redact takes numbers, addresses and words out of the messages before anything is
written, and leaves out what its rules do not allow. The manifest says so. To add to
such an export, give the same rules and the --redact-salt of the first one.

The export sends as many requests at a time as the limits allow.`,
		Example: `  roamctl messages export --user alice --out ./alice --sandbox
  roamctl messages export --users-file users.txt --out ./audit --progress json --sandbox
  roamctl messages export --all-users --out ./audit --path-template '{user}.csv' --format csv --sandbox
  roamctl messages export --all-users --out ./tables --format parquet --sandbox
  roamctl messages export --user alice --out ./handover --redact rules.yaml --only-user alice --sandbox
  roamctl messages export --all-users --out ./audit --part-size 100MB --max-duration 8h --quota-share 80% --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.format == export.Parquet && !cmd.Flags().Changed("path-template") {
				o.template = export.DefaultParquetTemplate
			}
			return o.run(cmd.Context(), a)
		},
	}
	o.declare(a, cmd)
	cmd.AddCommand(newExportVerify(a))
	return cmd
}

func (o *exportOptions) declare(a *app.App, cmd *cobra.Command) {
	f := cmd.Flags()
	o.users.Declare(cmd)
	flags.Conversation(cmd, a, &o.users, &o.conversation, &o.chatType)
	f.StringVar(&o.out, "out", "", "write the export to `DIR` (required)")
	f.StringVar(&o.template, "path-template", export.DefaultTemplate, "name a conversation's file below --out by this `PATH`; with Parquet "+export.DefaultParquetTemplate+" by default")
	flags.Choice(cmd, &o.format, "format", "write the files in this `FORMAT`: ndjson, csv or parquet", export.Formats()...)
	f.StringVar(&o.partSize, "part-size", "", "cut files into parts of at most `SIZE` before compression, such as 100MB")
	f.BoolVar(&o.raw, "raw", false, "keep also the raw bytes of each message, as the service sent them")
	f.StringVar(&o.since, "since", "", "export only messages at or after this `TIME` (2026-11-20, 3d, ...), or the earlier one of the folder")
	f.StringVar(&o.until, "until", "", "export only messages at or before this `TIME`; a day includes all of it")
	o.limits.Declare(cmd)
	o.redact.Declare(cmd)
	cmd.MarkFlagsMutuallyExclusive("redact", "raw")
}

func (o *exportOptions) run(ctx context.Context, a *app.App) error {
	e, err := o.check(a)
	if err != nil {
		return err
	}
	return multiuser.Run(ctx, a, o.users, o.limits, multiuser.Intent{Command: "messages export", Export: e})
}

// check refuses flags that contradict each other, before any request.
func (o *exportOptions) check(a *app.App) (*multiuser.Export, error) {
	if err := o.users.Check(); err != nil {
		return nil, err
	}
	one, err := flags.CheckConversations(o.conversation, &o.chatType)
	switch {
	case err != nil:
		return nil, err
	case !one && o.chatType != "":
		return nil, fault.New(fault.Usage, "--type needs --conversation")
	case o.out == "":
		return nil, fault.New(fault.Usage, "--out is required: the folder to export to")
	}
	if err := o.limits.Check(a); err != nil {
		return nil, err
	}
	e := &multiuser.Export{Template: o.template, Format: o.format, Raw: o.raw}
	if one {
		e.Only = &export.ConversationFilter{Conversation: o.conversation, Type: o.chatType}
	}
	if e.Dir, err = filepath.Abs(o.out); err != nil {
		return nil, fault.Wrap(fault.Usage, err, "--out")
	}
	if info, err := os.Stat(e.Dir); err == nil && !info.IsDir() {
		return nil, fault.New(fault.Usage, "--out %s is not a folder", o.out)
	}
	if err := o.checkRedact(a, e); err != nil {
		return nil, err
	}
	if e.PartSize, err = flags.ParseSize("--part-size", o.partSize); err != nil {
		return nil, err
	}
	e.Since, e.Until, err = a.ParseRange(o.since, o.until)
	return e, err
}

// checkRedact loads the rules: a mistake in them costs no request.
func (o *exportOptions) checkRedact(a *app.App, e *multiuser.Export) error {
	if err := o.redact.Check(); err != nil || o.redact.Rules == "" {
		return err
	}
	e.Redact = &o.redact
	_, err := e.Redact.Load(a)
	return err
}
