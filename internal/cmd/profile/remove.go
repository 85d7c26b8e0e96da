package profile

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
)

type removeOptions struct {
	dryRun, yes bool
}

func newRemove(a *app.App) *cobra.Command {
	o := removeOptions{}
	cmd := &cobra.Command{
		Use:     "remove NAME",
		Aliases: []string{"rm"},
		Short:   "Remove a profile with its secrets and tokens",
		Long: `Remove a profile from the configuration file, its secrets from the system
keyring, and its cached tokens. If it was the current one, no profile is
current afterwards.`,
		Example:           "  roamctl config set host a1.easemob.com --profile prod\n  roamctl profile remove prod --dry-run\n  roamctl profile remove prod --yes",
		Args:              names(1, "the name of one profile"),
		ValidArgsFunction: completeFirst(a),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args[0]) },
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print what would be removed, and remove nothing")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "remove without asking")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "yes")
	flags.Columns(cmd, doneView())
	return cmd
}

func (o *removeOptions) run(ctx context.Context, a *app.App, name string) error {
	file, opts, err := begin(a, doneView())
	if err != nil {
		return err
	}
	held, err := find(a, name)
	if err != nil {
		return err
	}
	about := newDetails(name, false, "", held.Values())
	asked := app.Confirmation{
		Lines: []string{
			"This removes profile " + name + " (" + about.summary() + "), its secrets and its kept tokens from this machine.",
			"The service and what it keeps are not touched.",
		},
		Word:  name,
		Yes:   o.yes,
		Local: true,
	}
	if o.dryRun {
		if err := a.Explain(ctx, asked); err != nil {
			return err
		}
		return app.Report(a, opts, doneView(), done{Profile: name, Done: "planned"}, func() {})
	}
	if err := a.Confirm(ctx, asked); err != nil {
		return err
	}
	_, tokens := a.Tokens(name).Clear()
	if err := errors.Join(file.Remove(ctx, name), tokens); err != nil {
		return err
	}
	return app.Report(a, opts, doneView(), done{Profile: name, Done: "removed"}, func() {
		a.Note("removed profile %s", name)
	})
}
