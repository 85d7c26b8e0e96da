package render

// WithSpare is the column with its Spare set.
func (c Column[T]) WithSpare(n int) Column[T] {
	c.Spare = n
	return c
}

// Text returns a default column whose cells depend on the item alone.
func Text[T any](name string, cell func(T) string) Column[T] {
	return Column[T]{Name: name, Default: true, Cell: func(v T, _ Env) string { return cell(v) }}
}
