package sandbox

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/sandbox"
)

type resetOptions struct {
	data string
	yes  bool
}

func newReset(a *app.App) *cobra.Command {
	o := resetOptions{}
	cmd := &cobra.Command{
		Use:     "reset",
		Short:   "Throw the sandbox's data away",
		Long:    `Delete the sandbox's data folder. The next use begins with new demo data.`,
		Example: "  roamctl sandbox reset --yes",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	dataFlag(cmd, &o.data)
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "don't ask")
	return cmd
}

func (o *resetOptions) run(ctx context.Context, a *app.App) error {
	dir, err := dataDir(a, o.data)
	if err != nil {
		return err
	}
	if !sandbox.Exists(dir) {
		return fault.New(fault.NotFound, "there is no sandbox in %s", dir)
	}
	err = a.Confirm(ctx, app.Confirmation{
		Lines: []string{fmt.Sprintf("This deletes the sandbox in %s with all that is in it.", dir)},
		Word:  "reset",
		Yes:   o.yes,
	})
	if err != nil {
		return err
	}
	if err := sandbox.Reset(dir); err != nil {
		return err
	}
	a.Note("deleted the sandbox in %s", dir)
	return nil
}
