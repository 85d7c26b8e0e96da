package config

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

type setOptions struct {
	valueFile string
}

func newSet(a *app.App) *cobra.Command {
	o := setOptions{}
	cmd := &cobra.Command{
		Use:   "set KEY [VALUE]",
		Short: "Change a setting of the profile",
		Long: `Change a setting of the profile in use, or of the one that --profile names. set
creates the profile if it does not exist.

A secret's value is never an argument, which other users of the machine could
read: set asks for it on a terminal, or reads it with --value-file.`,
		Example: `  roamctl config set tz Asia/Shanghai
  roamctl config set host a1.easemob.com --profile test
  echo 7 | roamctl config set retries --value-file -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return fault.New(fault.Usage, "give a setting and its value").WithHint("quote a value that has spaces in it; see roamctl config list")
		},
		ValidArgsFunction: completeKeys(true),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	cmd.Flags().StringVar(&o.valueFile, "value-file", "", "read the value from `FILE`; - for standard input")
	flags.Columns(cmd, changeView())
	return cmd
}

func (o *setOptions) run(ctx context.Context, a *app.App, args []string) error {
	key, err := config.LookupKey(args[0])
	if err != nil {
		return err
	}
	s, err := begin(a)
	if err != nil {
		return err
	}
	value, err := o.value(ctx, s, key, args[1:])
	if err != nil {
		return err
	}
	if value == "" {
		return fault.New(fault.Usage, "the value for %s is empty", key.Name).WithHint("roamctl config unset %s removes it", key.Name)
	}
	before, err := s.file.List()
	if err != nil {
		return err
	}
	did, err := s.file.Set(ctx, s.config.Profile(), map[string]string{key.Name: value})
	if err != nil {
		return err
	}
	if did.Created && (len(before) > 0 || s.config.ChosenBy() != "") {
		a.Note("profile %s is new", s.config.Profile())
	}
	done := s.changed(key, true)
	done.Kept = "file"
	if len(did.InKeyring) > 0 {
		done.Kept = "keyring"
	}
	return s.report(done)
}

// value returns the argument, or the value from a file or the terminal.
func (o *setOptions) value(ctx context.Context, s *session, key config.Key, args []string) (string, error) {
	switch {
	case len(args) == 1 && o.valueFile != "":
		return "", fault.New(fault.Usage, "give the value or --value-file, not both")
	case len(args) == 1 && key.Secret:
		return "", fault.New(fault.Usage, "%s is a secret: its value must not be an argument, which other users could read", key.Name).
			WithHint("roamctl config set %s asks for it, --value-file FILE or - reads it; the one you typed may be in your shell's history", key.Name)
	case len(args) == 1:
		return args[0], nil
	case o.valueFile != "":
		text, err := s.config.ReadSecretFile("--value-file", o.valueFile)
		return strings.TrimSpace(text), err
	case !s.app.CanAsk():
		return "", fault.New(fault.Usage, "no value for %s, and there is no terminal to ask on", key.Name).
			WithHint("give --value-file FILE, or - for standard input")
	case key.Secret:
		return s.app.AskSecret(ctx, key.Name+" (not shown)")
	default:
		return s.app.Ask(ctx, key.Name+", "+key.Accepts, "")
	}
}
