package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/fault"
)

// checkFlagValues refuses two values that pflag accepts: an empty one, which is
// mostly a script's variable that was not set, and the flag that follows one
// whose value was forgotten.
func checkFlagValues(root *cobra.Command, args []string) error {
	cmd, args, err := root.Find(args)
	if err != nil {
		return nil //nolint:nilerr // cobra reports it, with more detail
	}
	cmd.InheritedFlags() // adds the global flags to cmd.Flags
	flags := cmd.Flags()
	for len(args) > 0 && args[0] != "--" {
		given := parseFlag(flags, args[0])
		args = args[1:]
		switch {
		case given.flag == nil:
			continue
		case given.needsNext && len(args) == 0:
			return nil // pflag reports it
		case given.needsNext:
			given.value, args = args[0], args[1:]
			if isFlag(flags, given.value) {
				return fault.New(fault.Usage, "--%s needs a value, and %s is a flag", given.flag.Name, given.value).
					WithHint("to use it as the value: --%s=%s", given.flag.Name, given.value)
			}
		}
		// An empty cursor is that of the first page, as a listing's next_cursor is "" at
		// its end.
		if given.value == "" && given.flag.Name != "cursor" && given.flag.Name != "start" {
			return fault.New(fault.Usage, "--%s is empty", given.flag.Name).
				WithHint("leave it out or give it a value; a script's variable may not be set")
		}
	}
	return nil
}

// givenFlag is a flag in an argument.
type givenFlag struct {
	flag      *pflag.Flag // nil for none, and for one that takes no value
	value     string
	needsNext bool // the next argument is the value
}

// parseFlag returns the flag of an argument as pflag parses it.
func parseFlag(flags *pflag.FlagSet, arg string) givenFlag {
	if long, ok := strings.CutPrefix(arg, "--"); ok {
		name, value, attached := strings.Cut(long, "=")
		flag := flags.Lookup(name)
		if flag == nil || flag.NoOptDefVal != "" {
			return givenFlag{}
		}
		return givenFlag{flag, value, !attached}
	}
	letters, ok := strings.CutPrefix(arg, "-")
	for ok && letters != "" {
		flag := flags.ShorthandLookup(letters[:1])
		letters = letters[1:]
		switch {
		case flag == nil:
			return givenFlag{}
		case flag.NoOptDefVal == "":
			return givenFlag{flag, strings.TrimPrefix(letters, "="), letters == ""}
		}
	}
	return givenFlag{}
}

// isFlag reports whether an argument is a flag, alone or with = and a value.
func isFlag(flags *pflag.FlagSet, arg string) bool {
	if long, ok := strings.CutPrefix(arg, "--"); ok {
		name, _, _ := strings.Cut(long, "=")
		return flags.Lookup(name) != nil
	}
	name, _, _ := strings.Cut(arg, "=")
	return len(name) == 2 && name[0] == '-' && flags.ShorthandLookup(name[1:]) != nil
}
