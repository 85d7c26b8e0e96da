package audit

import (
	"strconv"

	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/render"
)

type column = render.Column[audit.Entry]

// View is how the lines of the log are shown.
func View() render.View[audit.Entry] {
	text := func(name string, cell func(audit.Entry) string) column {
		return column{Name: name, Cell: func(e audit.Entry, _ render.Env) string { return cell(e) }}
	}
	number := func(name string, cell func(audit.Entry) int64) column {
		c := text(name, func(e audit.Entry) string { return strconv.FormatInt(cell(e), 10) })
		c.Right = true
		return c
	}
	shown := func(c column) column {
		c.Default = true
		return c
	}
	reason := shown(text("reason", func(e audit.Entry) string { return e.Reason }))
	reason.Flex, reason.Spare = true, 3
	command := shown(text("command", func(e audit.Entry) string { return e.Command }))
	command.Flex = true
	return render.View[audit.Entry]{Columns: []column{
		number("seq", func(e audit.Entry) int64 { return e.Seq }),
		{Name: "time", Default: true, Cell: func(e audit.Entry, env render.Env) string { return env.Time(e.Time.Time) }},
		shown(text("operator", func(e audit.Entry) string { return e.Operator })).WithSpare(4),
		text("host", func(e audit.Entry) string { return e.Host }),
		text("profile", func(e audit.Entry) string { return e.Profile }),
		text("app_key", func(e audit.Entry) string { return e.AppKey }),
		command,
		shown(text("user", func(e audit.Entry) string { return e.User })),
		shown(text("conversation", func(e audit.Entry) string { return e.Conversation })).WithSpare(1),
		text("type", func(e audit.Entry) string { return string(e.Type) }),
		shown(text("outcome", func(e audit.Entry) string { return string(e.Outcome) })),
		number("planned", func(e audit.Entry) int64 { return int64(e.Counts.Planned) }),
		shown(number("deleted", func(e audit.Entry) int64 { return int64(e.Counts.Deleted) })),
		shown(number("restored", func(e audit.Entry) int64 { return int64(e.Counts.Restored) })).WithSpare(2),
		number("skipped", func(e audit.Entry) int64 { return int64(e.Counts.Skipped) }),
		number("failed", func(e audit.Entry) int64 { return int64(e.Counts.Failed) }),
		number("not_visible", func(e audit.Entry) int64 { return int64(e.Counts.NotVisible) }),
		number("still_visible", func(e audit.Entry) int64 { return int64(e.Counts.StillVisible) }),
		number("unknown", func(e audit.Entry) int64 { return int64(e.Counts.Unknown) }),
		number("attachments_saved", func(e audit.Entry) int64 { return int64(e.Counts.AttachmentsSaved) }),
		number("attachments_expired", func(e audit.Entry) int64 { return int64(e.Counts.AttachmentsExpired) }),
		number("attachments_failed", func(e audit.Entry) int64 { return int64(e.Counts.AttachmentsFailed) }),
		reason,
		text("ticket", func(e audit.Entry) string { return e.Ticket }),
		text("run_id", func(e audit.Entry) string { return e.RunID }),
		text("no_backup", func(e audit.Entry) string { return strconv.FormatBool(e.NoBackup) }),
		text("backup_digest", func(e audit.Entry) string { return e.BackupDigest }),
		text("coverage", func(e audit.Entry) string { return e.Coverage }),
		text("hash", func(e audit.Entry) string { return e.Hash }),
	}}
}
