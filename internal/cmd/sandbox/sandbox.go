// Package sandbox has the commands that run, fill and inspect the embedded
// service: one file a verb.
package sandbox

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the sandbox command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run and fill the embedded test service",
		Long: `The sandbox is an embedded service that answers as the hosted one does. Every
command uses it with --sandbox, without a socket; "sandbox start" serves it to
other programs, the vendor's own clients among them.

Both work on the same data folder, which has demo data from its first use on.`,
	}
	cmd.AddCommand(newStart(a), newImport(a), newGenerate(a), newReset(a), newInfo(a), newSend(a), newDevices(a), newWatch(a))
	return cmd
}

// whichSandbox is how the commands that use a running sandbox find it.
const whichSandbox = `The sandbox is the started one that ROAMCTL_HOST or --host names, as "sandbox
start --env" exports it; with --data, --sandbox or neither, the data folder,
which a sandbox may have been started on: what is sent reaches its devices.`

// dataFlag declares --data.
func dataFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "data", "", "use the sandbox data in `DIR` (default: the one that --sandbox uses)")
}

// dataDir is the folder that --data or the configuration names.
func dataDir(a *app.App, dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	c, err := a.Config()
	if err != nil {
		return "", err
	}
	return c.SandboxDir()
}
