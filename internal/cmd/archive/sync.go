package archive

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
)

// syncSource is where sync reads from.
type syncSource string

const fromHistoryFiles syncSource = "history-files"

type syncOptions struct {
	source       syncSource
	since, until string
}

func newSync(a *app.App) *cobra.Command {
	o := syncOptions{}
	cmd := &cobra.Command{
		Use:   "sync --source history-files",
		Short: "Add what is new in the service to an archive",
		Long: `Add to an archive what the service has and the archive does not. Run it from cron:
it only asks for what is missing, prints nothing when there is nothing new, and exits
with 8 when something is missing. An interrupted sync continues when it is run again.
The archive is created if there is none, and one sync at a time works on it.

--source history-files reads the files in which the service keeps what the whole app
sent, one for each hour: 24 calls a day, at most 10 a minute, and each hour again
until it is final. Deletions do not change these files; they have no recalls and no
edits.

  - The service keeps an hour for three days. Older ones are requested only if
    --since names them. Hours that expired before they were fetched are reported once.
  - A file is complete up to 24 hours after its hour. Until then sync fetches it
    again, at most every 6 hours.
  - Hours are named in Beijing time on clusters in China and in UTC abroad. sync knows
    the vendor's data centres; for another host set history_files_zone, else exit 3.
    If the messages of an hour are 8 hours off, the setting is wrong: exit 3.`,
		Example: `  roamctl archive sync --source history-files --sandbox
  roamctl archive sync --source history-files --since 2d --until 1d --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	f := cmd.Flags()
	flags.Choice(cmd, &o.source, "source", "read from this `SOURCE`: history-files (required)", fromHistoryFiles)
	f.StringVar(&o.since, "since", "", "fetch hours from this `TIME` on (2026-11-20, 3d, ...), also those that the service may have dropped")
	f.StringVar(&o.until, "until", "", "fetch hours up to this `TIME`; a day includes all of it")
	flags.Archive(cmd)
	flags.Columns(cmd, hoursView())
	return cmd
}

func (o *syncOptions) run(ctx context.Context, a *app.App) error {
	if o.source == "" {
		return fault.New(fault.Usage, "--source is required: history-files")
	}
	return o.syncHours(ctx, a)
}

// lockArchive makes sure that one sync at a time works on the archive, whatever keeps
// it. dir is a folder for temporary files.
func lockArchive(a *app.App) (place, dir string, unlock func() error, err error) {
	if place, err = a.ArchivePlace(); err != nil {
		return "", "", nil, err
	}
	runs, err := a.Runs()
	if err != nil {
		return "", "", nil, err
	}
	if unlock, err = runs.Lock("the archive "+place, ""); err != nil {
		return "", "", nil, err
	}
	if dir = filepath.Dir(place); strings.Contains(place, "://") {
		if dir, err = a.StateDir(); err != nil {
			return "", "", nil, errors.Join(err, unlock())
		}
	}
	return place, dir, unlock, nil
}
