package cli

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

// usage gives errors that cobra found before a command ran their kind.
func usage(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return fault.Wrap(fault.Usage, err, "").WithHint("see --help")
}

// flagError says in our words what pflag found wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	f := fault.Wrap(fault.Usage, err, "")
	if missing, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name, short := missing.GetSpecifiedName(), missing.GetSpecifiedShortnames()
		if short != "" && name[0] >= utf8.RuneSelf {
			name = short // pflag names a byte of it
		}
		f = fault.New(fault.Usage, "unknown flag %s%s", dashes(name, short), name)
		if short != "" && strings.Contains(cmd.Use, "QUERY") {
			return f.WithHint("a QUERY that begins with a minus needs -- before it: %s -- '-%s'", cmd.CommandPath(), short)
		}
		if near := nearestFlag(cmd, name); near != "" {
			return f.WithHint("did you mean --%s?", near)
		}
	}
	if needs, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		f = fault.New(fault.Usage, "--%s needs a value", needs.GetFlag().Name)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		f = fault.New(fault.Usage, "--%s is %q: %s", invalid.GetFlag().Name, invalid.GetValue(), wanted(invalid))
	}
	return f.WithHint("see %s --help", cmd.CommandPath())
}

// nearestFlag returns the name of the command's flag that was probably meant, ""
// for none.
func nearestFlag(cmd *cobra.Command, typed string) string {
	var names []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if len(typed) > 1 && !flag.Hidden {
			names = append(names, flag.Name)
		}
	})
	return config.Nearest(typed, names)
}

func dashes(flag, short string) string {
	if len(flag) == 1 || flag == short {
		return "-"
	}
	return "--"
}

// wanted says what a flag's value has to be. The standard library's own words
// are no help.
func wanted(err *pflag.InvalidValueError) string {
	switch err.GetFlag().Value.Type() {
	case "duration":
		return "it must be a duration, such as 30s, 5m or 2h"
	case "bool":
		return "it must be true or false"
	}
	if _, ok := errors.AsType[*strconv.NumError](err.Unwrap()); ok {
		return "it must be a whole number"
	}
	return err.Unwrap().Error()
}

// checkArgs words the errors of every command's argument check.
func checkArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if slices.Contains(args, "") && !takesEmpty(cmd) {
				return fault.New(fault.Usage, "an argument is empty").WithHint("usage: %s", cmd.UseLine())
			}
			err := check(cmd, args)
			if _, ours := errors.AsType[*fault.Error](err); err == nil || ours {
				return err
			}
			for n, arg := range slices.Backward(args) {
				if check(cmd, args[:n]) == nil {
					return fault.New(fault.Usage, "unexpected argument %q", arg).WithHint("see %s --help", cmd.CommandPath())
				}
			}
			return fault.New(fault.Usage, "missing argument").WithHint("usage: %s", cmd.UseLine())
		}
	}
	for _, child := range cmd.Commands() {
		checkArgs(child)
	}
}

// takesEmpty reports whether an empty argument means something: the value of a
// setting, or a text. Elsewhere it is a script's variable that was not set.
func takesEmpty(cmd *cobra.Command) bool {
	return strings.Contains(cmd.Use, "VALUE") || strings.Contains(cmd.Use, "TEXT")
}

// The annotations in which cobra keeps groups of flags. It exports neither
// them nor a typed error.
const (
	exclusiveGroups   = "cobra_annotation_mutually_exclusive"
	oneRequiredGroups = "cobra_annotation_one_required"
)

// checkFlagGroups does what cobra's ValidateFlagGroups does, in our words.
func checkFlagGroups(cmd *cobra.Command) error {
	var err error
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		for _, group := range flag.Annotations[exclusiveGroups] {
			if set := changed(cmd, group); err == nil && len(set) > 1 {
				err = fault.New(fault.Usage, "%s and %s exclude each other", set[0], set[1]).WithHint("use one of them")
			}
		}
		for _, group := range flag.Annotations[oneRequiredGroups] {
			if err == nil && len(changed(cmd, group)) == 0 {
				err = fault.New(fault.Usage, "one of %s is required", "--"+strings.Join(strings.Fields(group), ", --")).
					WithHint("see %s --help", cmd.CommandPath())
			}
		}
	})
	return err
}

// changed returns which flags of a group were given.
func changed(cmd *cobra.Command, group string) []string {
	var set []string
	for name := range strings.FieldsSeq(group) {
		if cmd.Flags().Changed(name) {
			set = append(set, "--"+name)
		}
	}
	return set
}

// refuseUnknownVerbs makes a mistyped verb an error with a suggestion. Left to
// itself cobra prints the help and exits with 0.
func refuseUnknownVerbs(noun *cobra.Command) {
	if noun.Runnable() || !noun.HasSubCommands() {
		return
	}
	noun.Args = cobra.ArbitraryArgs
	noun.SuggestionsMinimumDistance = 2
	noun.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		err := fault.New(fault.Usage, "unknown command %q for %q", args[0], cmd.CommandPath())
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return err.WithHint("did you mean %s?", near[0])
		}
		return err.WithHint("see %s --help", cmd.CommandPath())
	}
}
