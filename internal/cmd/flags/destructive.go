package flags

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Destructive is how a command that deletes was told to go about it.
type Destructive struct {
	DryRun bool
	Yes    bool
}

// Confirm declares --dry-run and --yes.
func Confirm(cmd *cobra.Command, d *Destructive) {
	cmd.Flags().BoolVar(&d.DryRun, "dry-run", false, "print the requests that would be sent, and send none")
	cmd.Flags().BoolVarP(&d.Yes, "yes", "y", false, "don't ask")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "yes")
}

// Begin asks for confirmation and returns the service to delete with. In a dry
// run it says what would happen, asks nothing, and returns a service that
// sends nothing; requests then returns what would have been sent.
func (d Destructive) Begin(ctx context.Context, a *app.App, c app.Confirmation) (svc roaming.Service, requests func() []app.Request, err error) {
	if d.DryRun {
		a.Explain(c)
		return a.Rehearsal(ctx)
	}
	c.Yes = d.Yes
	if err := a.Confirm(ctx, c); err != nil {
		return nil, nil, err
	}
	svc, err = a.Service(ctx)
	return svc, func() []app.Request { return nil }, err
}
