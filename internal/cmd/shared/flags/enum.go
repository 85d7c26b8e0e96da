// Package flags has the flags that several commands share, each declared,
// parsed and completed in one place.
package flags

import (
	"github.com/spf13/cobra"
)

// enum is a flag whose values are a fixed set of words.
type enum[T ~string] struct {
	value *T
	parse func(string) (T, error)
	kind  string
}

func (e enum[T]) String() string { return string(*e.value) }
func (e enum[T]) Type() string   { return e.kind }

func (e enum[T]) Set(s string) error {
	v, err := e.parse(s)
	if err == nil {
		*e.value = v
	}
	return err
}

// Enum declares a flag that takes one of words; parse refuses any other. The
// value that p points to is the default.
func Enum[T ~string](cmd *cobra.Command, p *T, name, kind, usage string, parse func(string) (T, error), words ...T) {
	cmd.Flags().Var(enum[T]{value: p, parse: parse, kind: kind}, name, usage)
	complete(cmd, name, words)
}

// enumList is a repeatable flag whose values are a fixed set of words.
type enumList[T ~string] struct {
	values *[]T
	parse  func(string) (T, error)
	kind   string
}

func (e enumList[T]) String() string { return join(*e.values) }
func (e enumList[T]) Type() string   { return e.kind }

func (e enumList[T]) Set(s string) error {
	for word := range splitList(s) {
		v, err := e.parse(word)
		if err != nil {
			return err
		}
		*e.values = append(*e.values, v)
	}
	return nil
}

// Enums declares a flag like Enum's that can be repeated or take a comma list.
func Enums[T ~string](cmd *cobra.Command, p *[]T, name, kind, usage string, parse func(string) (T, error), words ...T) {
	cmd.Flags().Var(enumList[T]{values: p, parse: parse, kind: kind}, name, usage)
	complete(cmd, name, words)
}
