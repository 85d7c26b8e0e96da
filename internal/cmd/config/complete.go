package config

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

func oneKey(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fault.New(fault.Usage, "give one setting's name").WithHint("roamctl config list shows them")
	}
	return nil
}

// completeKeys completes the names of settings and, as the second argument, the
// values of those with known ones.
func completeKeys(values bool) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var found []cobra.Completion
		switch {
		case len(args) == 0:
			for _, key := range config.Keys() {
				found = append(found, cobra.CompletionWithDesc(key.Name, key.Description))
			}
		case len(args) == 1 && values:
			key, err := config.LookupKey(args[0])
			if err == nil && key.Path {
				return nil, cobra.ShellCompDirectiveDefault
			}
			found = key.Values
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}
