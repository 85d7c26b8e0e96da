package flags

import "github.com/spf13/cobra"

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
