// Package flags declares, parses and completes the flags that several commands
// share.
package flags

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/fault"
)

// list is a flag that can be repeated and takes comma-separated values.
type list[T ~string] struct {
	values *[]T
	parse  func(string) (T, error)
}

// listType is the type of flags that take several values.
const listType = "list"

// Type is part of pflag.Value.
func (l list[T]) Type() string { return listType }

// String is part of pflag.Value.
func (l list[T]) String() string {
	if l.values == nil { // pflag makes a zero value to compare with
		return ""
	}
	return strings.Join(texts(*l.values), ",")
}

// Set is part of pflag.Value. It adds values.
func (l list[T]) Set(s string) error {
	for word := range strings.SplitSeq(s, ",") {
		if strings.TrimSpace(word) == "" {
			return errors.New("it must not have empty values")
		}
		v, err := l.parse(word)
		if err != nil {
			return err
		}
		*l.values = append(*l.values, v)
	}
	return nil
}

const listUsage = "; repeatable or comma-separated"

// List declares a flag that takes any values, repeated or comma-separated.
func List(f *pflag.FlagSet, p *[]string, name, shorthand, usage string) {
	anything := func(s string) (string, error) { return s, nil }
	f.VarP(list[string]{p, anything}, name, shorthand, usage+listUsage)
}

// Choices declares a flag like List's that takes only some words.
func Choices[T ~string](cmd *cobra.Command, p *[]T, name, usage string, words ...T) {
	cmd.Flags().Var(list[T]{p, oneOf(words)}, name, usage+listUsage)
	CompleteWith(cmd, name, completeList(cobra.FixedCompletions(texts(words), cobra.ShellCompDirectiveNoFileComp)))
}

// single is a flag that takes one value.
type single[T ~string] struct {
	value *T
	parse func(string) (T, error)
	once  bool // refuse another value, instead of taking the last
	set   bool
}

// Type is part of pflag.Value.
func (s *single[T]) Type() string { return "value" }

// String is part of pflag.Value.
func (s *single[T]) String() string {
	if s.value == nil {
		return ""
	}
	return string(*s.value)
}

// Set is part of pflag.Value.
func (s *single[T]) Set(text string) error {
	v, err := s.parse(text)
	switch {
	case err != nil:
		return err
	case s.once && s.set && v != *s.value: // cobra sets flags twice to complete a word
		return errors.New("it is given twice and takes one value")
	}
	*s.value, s.set = v, true
	return nil
}

// Once declares a flag that takes any value and refuses a second one, for values
// that must not be lost silently.
func Once(f *pflag.FlagSet, p *string, name, shorthand, usage string) {
	anything := func(s string) (string, error) { return s, nil }
	f.VarP(&single[string]{value: p, parse: anything, once: true}, name, shorthand, usage)
}

// Choice declares a flag that takes one of some words. The value that p points
// to is the default.
func Choice[T ~string](cmd *cobra.Command, p *T, name, usage string, words ...T) {
	choice(cmd, p, name, usage, oneOf(words), words)
}

func choice[T ~string](cmd *cobra.Command, p *T, name, usage string, parse func(string) (T, error), words []T) {
	cmd.Flags().Var(&single[T]{value: p, parse: parse}, name, usage)
	completeWords(cmd, name, words)
}

// oneOf parses one of some words.
func oneOf[T ~string](words []T) func(string) (T, error) {
	return func(s string) (T, error) {
		if slices.Contains(words, T(s)) {
			return T(s), nil
		}
		names, last := texts(words[:len(words)-1]), words[len(words)-1]
		return "", fmt.Errorf("it must be %s or %s", strings.Join(names, ", "), last)
	}
}

// Reason declares --reason and --ticket, which are recorded in some places.
func Reason(cmd *cobra.Command, reason, ticket *string, places string) {
	cmd.Flags().StringVar(reason, "reason", "", "record this `REASON` in "+places)
	cmd.Flags().StringVar(ticket, "ticket", "", "record this `TICKET` in "+places)
}

func texts[T ~string](values []T) []string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return words
}

// leastSize bounds sizes: a typo must not make a million files.
const leastSize = 1000

// ParseSize reads the value of a flag for a size; 0 for "".
func ParseSize(flag, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(strings.TrimSpace(text))
	if err != nil || n < leastSize || n > 1<<60 {
		return 0, fault.New(fault.Usage, "%s is %q: it must be a size of at least 1 kB, such as 500kB, 100MB or 1GiB", flag, text)
	}
	return int64(n), nil
}
