package config

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
)

func newUnset(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "unset KEY",
		Short: "Remove a setting from the profile",
		Long: `Remove a setting from the profile in use, so that its default applies again. A
secret is removed from the system keyring, too. A setting that is not set is no
error.`,
		Example:           "  roamctl config unset tz",
		Args:              oneKey,
		ValidArgsFunction: completeKeys(false),
		RunE:              func(cmd *cobra.Command, args []string) error { return unset(cmd.Context(), a, args[0]) },
	}
	flags.Columns(cmd, changeView())
	return cmd
}

func unset(ctx context.Context, a *app.App, name string) error {
	key, err := config.LookupKey(name)
	if err != nil {
		return err
	}
	s, err := begin(a)
	if err != nil {
		return err
	}
	held, err := a.ProfileInFile(s.config.Profile())
	if err != nil {
		return err
	}
	v := held.Value(key.Name)
	there := v.Source != "" && v.Source != "default"
	if there {
		if err := s.file.Unset(ctx, s.config.Profile(), key.Name); err != nil {
			return err
		}
	} else if err := s.config.CheckProfile(); err != nil {
		return err
	}
	return s.report(s.changed(key, there))
}
