package flags

import "github.com/spf13/cobra"

// Archive declares --archive, which the setting of the same name reads.
func Archive(cmd *cobra.Command) {
	cmd.Flags().String("archive", "", "use the archive in this `FILE`, or clickhouse://HOST:PORT/DB (default: the setting archive)")
}
