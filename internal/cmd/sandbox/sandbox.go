// Package sandbox has the commands that run, fill and inspect the embedded
// service: one file a verb.
package sandbox

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/render"
)

// New returns the sandbox command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run and fill the embedded test service",
		Long: `The sandbox is an embedded service that answers as the hosted one does. Every
command uses it with --sandbox, without a socket. "sandbox start" serves it to
other programs, such as the vendor's own clients.

Both use the same data folder, which begins with demo data.`,
	}
	cmd.AddCommand(newStart(a), newImport(a), newGenerate(a), newReset(a), newInfo(a), newSend(a), newDevices(a), newWatch(a), newCoverage(a), newUsers(a))
	return cmd
}

// whichSandbox says which sandbox a command uses.
const whichSandbox = `The sandbox is the started one that ROAMCTL_HOST or --host names, as "sandbox
start --env" exports it. With --data, --sandbox or neither it is the data folder.
If a sandbox was started on that folder, its devices receive what is sent.`

// dataFlag declares --data.
func dataFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "data", "", "use the sandbox data in `DIR` (default: the one that --sandbox uses)")
}

// prepare checks the output flags and returns the data folder.
func prepare[T any](a *app.App, view render.View[T], data string) (opts render.Options, dir string, err error) {
	if opts, err = app.OutputFor(a, view); err != nil {
		return opts, "", err
	}
	dir, err = dataDir(a, data)
	return opts, dir, err
}

// dataDir returns the folder that --data or the configuration names.
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
