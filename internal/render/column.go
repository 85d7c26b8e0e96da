package render

// WithDropOrder returns c with its DropOrder set to n.
func (c Column[T]) WithDropOrder(n int) Column[T] {
	c.DropOrder = n
	return c
}

// Text returns a default column whose cells depend on the item alone.
func Text[T any](name string, cell func(T) string) Column[T] {
	return Column[T]{Name: name, Default: true, Cell: func(v T, _ Env) string { return cell(v) }}
}
