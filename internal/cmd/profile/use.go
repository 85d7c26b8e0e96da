package profile

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
)

func newUse(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:               "use NAME",
		Short:             "Make a profile the current one",
		Example:           "  roamctl config set host a1.easemob.com --profile prod\n  roamctl profile use prod",
		Args:              names(1, "the name of one profile"),
		ValidArgsFunction: completeFirst(a),
		RunE:              func(_ *cobra.Command, args []string) error { return use(a, args[0]) },
	}
	flags.Columns(cmd, doneView())
	return cmd
}

func use(a *app.App, name string) error {
	file, opts, err := begin(a, doneView())
	if err != nil {
		return err
	}
	if err := file.Use(name); err != nil {
		return err
	}
	if other := a.Getenv(config.EnvProfile); other != "" && other != name {
		a.Warn("%s in the environment still selects %s", config.EnvProfile, other)
	}
	return app.Report(a, opts, doneView(), done{Profile: name, Done: "used"}, func() {
		a.Note("profile %s is the current one", name)
	})
}
