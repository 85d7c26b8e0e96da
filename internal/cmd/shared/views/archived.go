package views

import (
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Archived is how the messages of an archive are shown: as those of a history,
// with what an archive knows beside.
func Archived() render.View[archive.Record] {
	v := render.View[archive.Record]{
		Message: archive.Record.Message,
		JSON:    func(m archive.Record) any { return render.Summarized(m, m.Message()) },
		Columns: []render.Column[archive.Record]{
			{Name: "id", Default: true, Cell: func(m archive.Record, _ render.Env) string { return m.ID }},
			{Name: "timestamp", Header: "Time", Default: true, Cell: func(m archive.Record, e render.Env) string { return e.Time(m.Timestamp.Time) }},
			{Name: "chat_type", Cell: func(m archive.Record, _ render.Env) string { return string(m.ChatType) }},
			{Name: "conversation", Cell: func(m archive.Record, _ render.Env) string { return m.Conversation }},
			{Name: "from", Default: true, Cell: func(m archive.Record, _ render.Env) string { return m.From }},
			{Name: "to", Cell: func(m archive.Record, _ render.Env) string { return m.To }},
			{Name: "kind", Default: true, DropOrder: 1, Cell: func(m archive.Record, _ render.Env) string { return string(m.Kind) }},
			{Name: "text", Default: true, Flex: true, Cell: func(m archive.Record, e render.Env) string { return summary(m.Message(), e) }},
			{Name: "body", Flex: true, Cell: func(m archive.Record, _ render.Env) string { return render.Compact(m.Body) }},
			{Name: "ext", Flex: true, Cell: func(m archive.Record, _ render.Env) string { return render.Compact(m.Ext) }},
			{Name: "sources", Cell: func(m archive.Record, _ render.Env) string { return strings.Join(m.Sources, " ") }},
			{Name: "revisions", Right: true, Cell: func(m archive.Record, _ render.Env) string { return strconv.Itoa(m.Revisions) }},
		},
	}
	for _, c := range Of(Messages(), archive.Record.Message).Columns {
		if c.Hidden {
			v.Columns = append(v.Columns, c)
		}
	}
	return v
}

// Of is a view of a larger item by the part that another view shows. The JSON of a
// message has a summary, that of others is the item's.
func Of[T, U any](v render.View[U], part func(T) U) render.View[T] {
	var of render.View[T]
	if v.Message != nil {
		message := func(item T) roaming.Message { return v.Message(part(item)) }
		of.Message, of.JSON = message, func(item T) any { return render.Summarized(item, message(item)) }
	}
	for _, c := range v.Columns {
		column := render.Column[T]{
			Name: c.Name, Header: c.Header, Default: c.Default, Hidden: c.Hidden, Right: c.Right,
			Flex: c.Flex, MinWidth: c.MinWidth, DropOrder: c.DropOrder,
			Cell: func(item T, e render.Env) string { return c.Cell(part(item), e) },
		}
		if c.Marks != nil {
			column.Marks = func(item T) []render.Mark { return c.Marks(part(item)) }
		}
		of.Columns = append(of.Columns, column)
	}
	return of
}
