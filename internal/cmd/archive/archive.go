// Package archive has the commands that keep an archive, one file a verb.
package archive

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
)

// New is the archive command with its verbs.
func New(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "archive",
		Short: "Keep messages longer than the service does",
		Long: `Keep the messages of an app longer than the service does, each once, and
search them with roamctl search.

The service keeps messages for 3, 7, 90 or 180 days, by the plan of the app. An archive
keeps them until they are erased. It also knows what each user saw of them, and
what it does not have (roamctl archive gaps).

An archive is a file. --archive, ROAMCTL_ARCHIVE or the setting archive names it;
the default is a file of the App Key in the data folder. It holds messages in
clear text: keep it where only those may read it who may read the messages. One
process writes at a time, and any number read meanwhile.

Where one machine is outgrown, an archive is a database of a ClickHouse server, or
of a cluster: --archive clickhouse://HOST:PORT/DB, with ?secure=true for TLS. The
settings archive_user and archive_password are for its user. All commands work on
it as on a file.`,
	}
	cmd.AddCommand(newInit(a), newStatus(a), newSync(a), newImport(a), newGaps(a), newVerify(a), newReindex(a), newErase(a), newExport(a))
	return cmd
}
