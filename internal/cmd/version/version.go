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
	return &cobra.Command{
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
}

func view() render.View[build] { return render.View[build]{Columns: render.Fields[build]()} }
