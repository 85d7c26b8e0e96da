package audit

import (
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/render"
)

// view says how entries of the log are shown.
func view() render.View[audit.Entry] {
	return render.View[audit.Entry]{Columns: render.Fields[audit.Entry](
		"seq,hidden", "time", "operator,drop=4", "host,hidden", "profile,hidden", "app_key,hidden", "command,hidden,flex",
		"user", "conversation,drop=1", "type,hidden", "outcome", "planned,hidden", "deleted", "restored,drop=2", "skipped,hidden",
		"failed,hidden", "not_visible,hidden", "still_visible,hidden", "unknown,hidden",
		"attachments_saved,hidden", "attachments_expired,hidden", "attachments_failed,hidden",
		"reason,flex,drop=3", "ticket,hidden", "run_id,hidden", "no_backup,hidden", "backup_digest,hidden", "coverage,hidden", "hash,hidden",
	)}
}
