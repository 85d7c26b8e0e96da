package profile

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
)

func newRename(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rename NAME NEW",
		Short: "Rename a profile",
		Long: `Rename a profile with its secrets. The current profile stays current. Cached
tokens are removed and requested again when needed.`,
		Example:           "  roamctl config set host a1.easemob.com --profile prod\n  roamctl profile rename prod production",
		Args:              names(2, "a profile's name and its new one"),
		ValidArgsFunction: completeFirst(a),
		RunE:              func(cmd *cobra.Command, args []string) error { return rename(cmd.Context(), a, args[0], args[1]) },
	}
	flags.Columns(cmd, doneView())
	return cmd
}

func rename(ctx context.Context, a *app.App, from, to string) error {
	file, opts, err := begin(a, doneView())
	if err != nil {
		return err
	}
	if err := file.Rename(ctx, from, to); err != nil {
		return err
	}
	if _, err := a.Tokens(from).Clear(); err != nil {
		a.Warn("%v", err)
	}
	return app.Report(a, opts, doneView(), done{Profile: to, Was: from, Done: "renamed"}, func() {
		a.Note("renamed profile %s to %s", from, to)
	})
}
