package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/sandbox"
)

type resetOptions struct {
	data   string
	dryRun bool
	yes    bool
}

func newReset(a *app.App) *cobra.Command {
	o := resetOptions{}
	cmd := &cobra.Command{
		Use:     "reset",
		Short:   "Delete the sandbox's data",
		Long:    `Delete the sandbox's data folder, if there is one. The next use begins with new demo data.`,
		Example: "  roamctl sandbox reset --yes",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	dataFlag(cmd, &o.data)
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print what would be deleted, and delete nothing")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "delete without asking")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "yes")
	flags.Columns(cmd, resetView())
	return cmd
}

func (o *resetOptions) run(ctx context.Context, a *app.App) error {
	opts, dir, err := prepare(a, resetView(), o.data)
	if err != nil {
		return err
	}
	if left, err := os.ReadDir(dir); len(left) == 0 && (err == nil || errors.Is(err, fs.ErrNotExist)) {
		return app.Report(a, opts, resetView(), reset{dir, "absent"}, func() {
			a.Note("nothing to delete: there is no sandbox in %s", dir)
		})
	}
	if !sandbox.Exists(dir) {
		return fault.New(fault.NotFound, "there is no sandbox in %s", dir)
	}
	asked := app.Confirmation{
		Lines: []string{fmt.Sprintf("This deletes the sandbox in %s with all that is in it.", dir)},
		Word:  "reset",
		Yes:   o.yes,
		Local: true,
	}
	if o.dryRun {
		if err := a.Explain(ctx, asked); err != nil {
			return err
		}
		return app.Report(a, opts, resetView(), reset{dir, "planned"}, func() {})
	}
	if err := a.Confirm(ctx, asked); err != nil {
		return err
	}
	if err := sandbox.Reset(ctx, dir); err != nil {
		return err
	}
	return app.Report(a, opts, resetView(), reset{dir, "deleted"}, func() {
		a.Note("deleted the sandbox in %s", dir)
	})
}

// reset is what happened to a data folder.
type reset struct {
	Dir  string `json:"dir"`
	Done string `json:"done"` // deleted, planned or absent
}

func resetView() render.View[reset] { return render.View[reset]{Columns: render.Fields[reset]()} }
