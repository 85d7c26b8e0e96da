package views

import (
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Messages is how messages are shown.
func Messages() render.View[roaming.Message] {
	return render.View[roaming.Message]{
		Message: func(m roaming.Message) roaming.Message { return m },
		Columns: []render.Column[roaming.Message]{
			{Name: "id", Default: true, Cell: func(m roaming.Message, _ render.Env) string { return m.ID.String() }},
			{Name: "timestamp", Header: "Time", Default: true, Cell: func(m roaming.Message, e render.Env) string { return e.Time(m.Timestamp.Time) }},
			{Name: "from", Default: true, Cell: func(m roaming.Message, _ render.Env) string { return m.From }},
			{Name: "to", Cell: func(m roaming.Message, _ render.Env) string { return m.To }},
			{Name: "chat_type", Cell: func(m roaming.Message, _ render.Env) string { return string(m.ChatType) }},
			{Name: "conversation", Cell: func(m roaming.Message, _ render.Env) string { return m.Conversation }},
			{Name: "kind", Default: true, DropOrder: 1, Cell: func(m roaming.Message, _ render.Env) string { return string(m.Kind) }},
			{Name: "text", Default: true, Flex: true, Cell: func(m roaming.Message, _ render.Env) string { return render.Summary(m) }},
			{Name: "body", Flex: true, Cell: func(m roaming.Message, _ render.Env) string { return render.Compact(m.Body) }},
			{Name: "ext", Flex: true, Cell: func(m roaming.Message, _ render.Env) string { return render.Compact(m.Ext) }},
		},
	}
}
