package flags

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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

// Archive declares --archive, which the setting of the same name reads.
func Archive(cmd *cobra.Command) {
	cmd.Flags().String("archive", "", "use the archive in this `FILE`, or clickhouse://HOST:PORT/DB (default: the setting archive)")
}

// ConfiguredArchive is the value of ArchiveInstead's flag without one.
const ConfiguredArchive = "configured"

// ArchiveInstead declares --archive for commands that otherwise read from the
// service. Its value may be left out: then the setting names the archive.
func ArchiveInstead(cmd *cobra.Command) {
	cmd.Flags().String("archive", "", "read from an archive instead of the service: that of the setting archive, or this `FILE`")
	cmd.Flags().Lookup("archive").NoOptDefVal = ConfiguredArchive
}

// checkArchiveInstead refuses an argument beside ArchiveInstead's flag without a value,
// of which it may be the value: fault.Usage.
func checkArchiveInstead(f *pflag.FlagSet, args []string) error {
	if len(args) == 0 || f.ArgsLenAtDash() == 0 || f.Lookup("archive").Value.String() != ConfiguredArchive {
		return nil
	}
	return fault.New(fault.Usage, "it is not clear whether %q is the archive's file or an argument", args[0]).
		WithHint("write --archive=FILE, or two dashes before the argument: -- '%s'", args[0])
}
