package flags

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
)

// Source declares --archive, --backup and --export, of which a command takes one at
// most. Without them it reads from the service. The command sets from.Archive.
func Source(cmd *cobra.Command, from *app.From) {
	f := cmd.Flags()
	f.StringVar(&from.Backup, "backup", "", "read this `BACKUP` instead of the service: a path or a name")
	f.StringVar(&from.Export, "export", "", "read the NDJSON export in this folder `DIR` instead of the service")
	ArchiveInstead(cmd)
	cmd.MarkFlagsMutuallyExclusive("archive", "backup", "export")
}

// OneQuery refuses more than one argument: fault.Usage. It is a cobra.PositionalArgs.
func OneQuery(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fault.New(fault.Usage, "QUERY is one argument, and there are %d", len(args)).
			WithHint("put quotes around all of it, for the shell: %s 'a b'", cmd.CommandPath())
	}
	return nil
}
