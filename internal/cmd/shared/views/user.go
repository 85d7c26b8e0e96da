package views

import (
	"slices"

	"github.com/roamctl/roamctl/internal/render"
)

// OfUser adds a user column, shown only if --columns names it, to a view of
// one user's items. With several users every item has such a column.
func OfUser[T any](v render.View[T], user string) render.View[T] {
	column := render.Column[T]{Name: "user", Hidden: true, Cell: func(T, render.Env) string { return user }}
	v.Columns = slices.Insert(slices.Clone(v.Columns), 0, column)
	return v
}
