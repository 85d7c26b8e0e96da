package config

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

// oneKey refuses anything but one argument.
func oneKey(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fault.New(fault.Usage, "give one setting's name").WithHint("roamctl config list shows them")
	}
	return nil
}

// completeKeys offers the names of settings, and for the second argument the
// values of those that take fixed words.
func completeKeys(values bool) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		switch {
		case len(args) == 0:
			var names []cobra.Completion
			for _, key := range config.Keys() {
				names = append(names, cobra.CompletionWithDesc(key.Name, key.Description))
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		case len(args) == 1 && values:
			return words(args[0])
		default:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
}

// words are values that a setting takes; a path is left to the shell.
func words(key string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	switch key {
	case "ca_file", "sandbox_dir":
		return nil, cobra.ShellCompDirectiveDefault
	case "output":
		for _, f := range render.Formats() {
			found = append(found, string(f))
		}
	case "color":
		found = []cobra.Completion{"auto", "always", "never"}
	case "keyring":
		found = []cobra.Completion{"auto", "off"}
	case "limits", "insecure_http":
		found = []cobra.Completion{"on", "off"}
	case "tz":
		found = []cobra.Completion{"local", "UTC", "Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles"}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}
