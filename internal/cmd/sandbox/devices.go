package sandbox

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/sandbox/admin"
)

func newDevices(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "devices",
		Short: "List the devices connected to a started sandbox",
		Long: `List the devices that are connected to a started sandbox right now, by user.
ROAMCTL_HOST or --host says which sandbox, as "sandbox start --env" exports it.`,
		Example: `  roamctl sandbox devices
  roamctl sandbox devices -o ndjson --jq .user`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listDevices(cmd.Context(), a) },
	}
	flags.Columns(cmd, deviceView())
	return cmd
}

func listDevices(ctx context.Context, a *app.App) error {
	list, err := app.NewList(a, deviceView())
	if err != nil {
		return err
	}
	started, err := isStarted(a)
	if err != nil {
		return err
	}
	if !started {
		return fault.New(fault.Usage, "devices need a running sandbox, and none is configured").
			WithHint("set ROAMCTL_HOST or --host to the URL that roamctl sandbox start printed")
	}
	client, err := administer(ctx, a, "")
	if err != nil {
		return err
	}
	devices, err := client.Devices(ctx)
	if err != nil {
		return asFault(err)
	}
	return list.Finish(devices...)
}

func deviceView() render.View[admin.Device] {
	return render.View[admin.Device]{Columns: render.Fields[admin.Device]("user", "device", "name,flex", "since")}
}
