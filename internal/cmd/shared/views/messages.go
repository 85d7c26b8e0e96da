package views

import (
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Messages is how messages are shown.
func Messages() render.View[roaming.Message] {
	return render.View[roaming.Message]{
		Message: func(m roaming.Message) roaming.Message { return m },
		JSON:    func(m roaming.Message) any { return render.Summarized(m, m) },
		Columns: []render.Column[roaming.Message]{
			{Name: "id", Default: true, Cell: func(m roaming.Message, _ render.Env) string { return m.ID.String() }},
			{Name: "timestamp", Header: "Time", Default: true, Cell: func(m roaming.Message, e render.Env) string { return e.Time(m.Timestamp.Time) }},
			{Name: "from", Default: true, Cell: func(m roaming.Message, _ render.Env) string { return m.From }},
			{Name: "to", Cell: func(m roaming.Message, _ render.Env) string { return m.To }},
			{Name: "chat_type", Cell: func(m roaming.Message, _ render.Env) string { return string(m.ChatType) }},
			{Name: "conversation", Cell: func(m roaming.Message, _ render.Env) string { return m.Conversation }},
			{Name: "kind", Default: true, DropOrder: 1, Cell: func(m roaming.Message, _ render.Env) string { return string(m.Kind) }},
			{Name: "text", Default: true, Flex: true, Cell: summary},
			{Name: "body", Flex: true, Cell: func(m roaming.Message, _ render.Env) string { return render.Compact(m.Body) }},
			{Name: "ext", Flex: true, Cell: func(m roaming.Message, _ render.Env) string { return render.Compact(m.Ext) }},
			{Name: "summary", Hidden: true, Flex: true, Cell: summary},
			{Name: "edited", Hidden: true, Cell: edited},
			{Name: "reactions", Hidden: true, Flex: true, Cell: func(m roaming.Message, _ render.Env) string { return reactions(m.Reactions) }},
			{Name: "thread", Hidden: true, Flex: true, Cell: func(m roaming.Message, _ render.Env) string { return render.Compact(m.Thread) }},
			{Name: "stream", Hidden: true, Flex: true, Cell: func(m roaming.Message, _ render.Env) string { return render.Compact(m.Stream) }},
			{Name: "recipients", Hidden: true, Flex: true, Cell: func(m roaming.Message, _ render.Env) string { return strings.Join(m.Recipients, " ") }},
		},
	}
}

// InFiles returns a view of messages for CSV files, whose columns must stay the same:
// a later export adds rows to them. It lacks the summary, which is the text there.
func InFiles[T any](v render.View[T]) render.View[T] {
	v.Columns = slices.DeleteFunc(slices.Clone(v.Columns), func(c render.Column[T]) bool { return c.Name == "summary" })
	return v
}

// summary is a message in a few words: on a terminal with remarks, elsewhere its exact
// text.
func summary(m roaming.Message, e render.Env) string {
	text := render.Summary(m)
	if !e.Terminal {
		return text
	}
	if remarks := render.Remarks(m, e.Time); remarks != "" {
		text += " " + remarks
	}
	return text
}

// edited is when a message was last edited, and by whom.
func edited(m roaming.Message, e render.Env) string {
	if m.Edited == nil {
		return ""
	}
	return strings.TrimSpace(e.Time(m.Edited.At.Time) + " " + m.Edited.By)
}

// reactions are a message's, each as the service has it.
func reactions(list []any) string {
	var all []string
	for _, item := range list {
		if members, ok := item.(map[string]any); ok {
			all = append(all, render.Compact(members))
		}
	}
	return strings.Join(all, " ")
}
