// Package version has the command that prints which build this is.
package version

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/render"
)

type build struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// New is the version command.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  roamctl version\n  roamctl version -o json --jq .version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			opts, err := a.Output()
			if err != nil {
				return err
			}
			return render.One(a.IO, opts, view(), build{a.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH})
		},
	}
	return cmd
}

func view() render.View[build] {
	return render.View[build]{Columns: []render.Column[build]{
		render.Text("version", func(b build) string { return b.Version }),
		render.Text("go", func(b build) string { return b.Go }),
		render.Text("platform", func(b build) string { return b.Platform }),
	}}
}
