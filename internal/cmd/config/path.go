package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/render"
)

func newPath(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "path",
		Short: "Print the path of the configuration file",
		Long: `Print the path of the configuration file, which may not exist yet: that of
--config, else of ROAMCTL_CONFIG, else the default.`,
		Example: "  roamctl config path\n  roamctl config path -o json --jq .exists",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return printPath(a) },
	}
	flags.Columns(cmd, locationView())
	return cmd
}

// printPath does not read the file, which may be malformed.
func printPath(a *app.App) error {
	path, err := config.FilePath(a.Global.ConfigPath, a.Getenv)
	if err != nil {
		return err
	}
	opts, err := a.SetupOutput()
	if err != nil {
		a.Warn("%v", err)
		opts = render.Options{Format: render.Table}
	}
	_, err = os.Stat(path)
	at := location{Path: path, Exists: !errors.Is(err, fs.ErrNotExist)}
	return app.Report(a, opts, locationView(), at, func() { fmt.Fprintln(a.IO.Out, render.Safe(path)) })
}
