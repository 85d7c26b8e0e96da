package backup

import (
	"slices"
	"strconv"

	"github.com/dustin/go-humanize"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// row is a backup in a list.
type row struct {
	Name          string           `json:"name"`
	Path          string           `json:"path"`
	Packed        bool             `json:"packed"`
	Partial       bool             `json:"partial"`
	Bytes         int64            `json:"bytes"`
	Created       roaming.Time     `json:"created"`
	AppKey        string           `json:"app_key"`
	Command       string           `json:"command"`
	User          string           `json:"user"`
	Conversation  string           `json:"conversation"`
	Type          roaming.ChatType `json:"type"`
	Conversations int              `json:"conversations"`
	Messages      int              `json:"messages"`

	Attachments *backup.AttachmentCounts `json:"attachments"` // null if they were not requested

	RunID   string `json:"run_id"`
	Reason  string `json:"reason"`
	Ticket  string `json:"ticket"`
	Digest  string `json:"digest"`
	Problem string `json:"problem"`
}

func rowOf(e backup.Entry) row {
	m := e.Manifest
	r := row{
		Name: e.Name, Path: e.Path, Packed: e.Packed, Partial: e.Partial, Bytes: e.Bytes, Created: m.Created, AppKey: m.AppKey,
		Command: m.Scope.Command, User: m.User, Conversation: m.Scope.Conversation, Type: m.Scope.Type,
		Conversations: m.Conversations, Messages: m.Messages, Attachments: m.Attachments,
		RunID: m.Scope.RunID, Reason: m.Scope.Reason, Ticket: m.Scope.Ticket, Digest: m.Digest,
	}
	switch {
	case e.Partial:
		r.Problem = "leftover of an interrupted run"
	case e.Problem != nil:
		r.Problem = e.Problem.Error()
	}
	return r
}

func listView() render.View[row] {
	columns := render.Fields[row]("name", "created,drop=3", "command,hidden", "user,drop=1", "conversation,drop=2", "type,hidden",
		"conversations,hidden", "messages", "bytes,drop=4", "attachments,hidden", "packed,hidden", "partial,hidden", "app_key,hidden",
		"run_id,hidden", "reason,hidden", "ticket,hidden", "digest,hidden", "path,hidden", "problem,flex")
	i := slices.IndexFunc(columns, func(c render.Column[row]) bool { return c.Name == "bytes" })
	columns[i].Header, columns[i].Cell = "Size", func(r row, e render.Env) string { return size(r.Bytes, e) }
	return render.View[row]{Columns: columns}
}

func size(n int64, e render.Env) string {
	if e.Terminal {
		return humanize.Bytes(uint64(max(0, n)))
	}
	return strconv.FormatInt(n, 10)
}

func printRows(list *render.List[row], entries []backup.Entry) error {
	rows := make([]row, len(entries))
	for i, e := range entries {
		rows[i] = rowOf(e)
	}
	return list.Finish(rows...)
}
