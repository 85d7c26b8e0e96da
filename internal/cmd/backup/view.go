package backup

import (
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

	Attachments *backup.AttachmentCounts `json:"attachments"` // null when they were not asked for

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
		r.Problem = "left behind by an interrupted run"
	case e.Problem != nil:
		r.Problem = e.Problem.Error()
	}
	return r
}

func listView() render.View[row] {
	column := func(name string, shown bool, cell func(row) string) render.Column[row] {
		return render.Column[row]{Name: name, Default: shown, Cell: func(r row, _ render.Env) string { return cell(r) }}
	}
	number := func(name string, shown bool, n func(row) int) render.Column[row] {
		return render.Column[row]{Name: name, Default: shown, Right: true, Cell: func(r row, _ render.Env) string { return strconv.Itoa(n(r)) }}
	}
	return render.View[row]{Columns: []render.Column[row]{
		column("name", true, func(r row) string { return r.Name }),
		{Name: "created", Default: true, Spare: 3, Cell: func(r row, e render.Env) string { return e.Time(r.Created.Time) }},
		column("command", false, func(r row) string { return r.Command }),
		column("user", true, func(r row) string { return r.User }).WithSpare(1),
		column("conversation", true, func(r row) string { return r.Conversation }).WithSpare(2),
		column("type", false, func(r row) string { return string(r.Type) }),
		number("conversations", false, func(r row) int { return r.Conversations }),
		number("messages", true, func(r row) int { return r.Messages }),
		{Name: "bytes", Header: "Size", Default: true, Right: true, Spare: 4, Cell: func(r row, e render.Env) string { return size(r.Bytes, e) }},
		column("attachments", false, func(r row) string {
			if r.Attachments == nil {
				return ""
			}
			return r.Attachments.String()
		}),
		column("packed", false, func(r row) string { return strconv.FormatBool(r.Packed) }),
		column("partial", false, func(r row) string { return strconv.FormatBool(r.Partial) }),
		column("app_key", false, func(r row) string { return r.AppKey }),
		column("run_id", false, func(r row) string { return r.RunID }),
		column("reason", false, func(r row) string { return r.Reason }),
		column("ticket", false, func(r row) string { return r.Ticket }),
		column("digest", false, func(r row) string { return r.Digest }),
		column("path", false, func(r row) string { return r.Path }),
		{Name: "problem", Default: true, Flex: true, Cell: func(r row, _ render.Env) string { return r.Problem }},
	}}
}

func size(n int64, e render.Env) string {
	if e.Terminal {
		return humanize.Bytes(uint64(max(0, n)))
	}
	return strconv.FormatInt(n, 10)
}

// printRows prints entries as a list.
func printRows(list *render.List[row], entries []backup.Entry) error {
	for _, e := range entries {
		if err := list.Write(rowOf(e)); err != nil {
			return err
		}
	}
	return list.Close("")
}
