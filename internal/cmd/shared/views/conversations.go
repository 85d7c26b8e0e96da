// Package views has how conversations and messages are shown by every command
// that shows them.
package views

import (
	"slices"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Conversations is how conversations are shown.
func Conversations() render.View[roaming.Conversation] {
	return render.View[roaming.Conversation]{JSON: func(c roaming.Conversation) any { return Listed(c) }, Columns: []render.Column[roaming.Conversation]{
		{Name: "id", Default: true, Cell: func(c roaming.Conversation, _ render.Env) string { return c.ID }},
		{Name: "type", Default: true, Cell: func(c roaming.Conversation, _ render.Env) string { return string(c.Type) }},
		{Name: "unread", Default: true, Right: true, Cell: func(c roaming.Conversation, _ render.Env) string { return strconv.Itoa(c.Unread) }},
		{Name: "pinned", Default: true, DropOrder: 1, Cell: pinned},
		{Name: "pinned_at", Cell: func(c roaming.Conversation, e render.Env) string { return e.Time(c.PinnedAt.Time) }},
		{Name: "marks", Cell: func(c roaming.Conversation, _ render.Env) string { return strings.Join(c.Marks, " ") }},
		{Name: "last_active", Default: true, Cell: func(c roaming.Conversation, e render.Env) string { return e.Time(c.LastActive.Time) }},
		{Name: "last_message_id", Cell: last(func(m roaming.Message) string { return m.ID.String() })},
		{Name: "last_message_from", Header: "From", Default: true, DropOrder: 2, Cell: last(func(m roaming.Message) string { return m.From })},
		{Name: "last_message_kind", Cell: last(func(m roaming.Message) string { return string(m.Kind) })},
		{Name: "last_message", Default: true, Flex: true, Cell: last(render.Summary)},
	}}
}

// ListedConversation is a conversation whose last message has a summary.
type ListedConversation struct {
	roaming.Conversation

	LastMessage any `json:"last_message"`
}

// Listed is the JSON of a conversation.
func Listed(c roaming.Conversation) ListedConversation {
	listed := ListedConversation{Conversation: c}
	if c.LastMessage != nil {
		listed.LastMessage = render.Summarized(*c.LastMessage, *c.LastMessage)
	}
	return listed
}

// last is a cell about the latest message, empty where there is none.
func last(cell func(roaming.Message) string) func(roaming.Conversation, render.Env) string {
	return func(c roaming.Conversation, _ render.Env) string {
		if c.LastMessage == nil {
			return ""
		}
		return cell(*c.LastMessage)
	}
}

func pinned(c roaming.Conversation, _ render.Env) string {
	if c.Pinned {
		return "yes"
	}
	return "no"
}

// OfUser adds a user column, shown only if --columns names it, to a view of
// one user's items. With several users every item has such a column.
func OfUser[T any](v render.View[T], user string) render.View[T] {
	column := render.Column[T]{Name: "user", Hidden: true, Cell: func(T, render.Env) string { return user }}
	v.Columns = slices.Insert(slices.Clone(v.Columns), 0, column)
	return v
}
