package archive

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

// initialized is what init prints.
type initialized struct {
	Archive  string `json:"archive"`
	Messages int64  `json:"messages"`
}

func newInit(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Create an archive or bring its format up to date",
		Long: `Create an archive, or bring the format of an existing one up to date. A newer
format than this roamctl knows is refused. An interrupted update continues at the
next try.

sync and import also create the archive if there is none.

On a cluster of ClickHouse servers, --cluster NAME makes tables on each shard, and
tables over all of them. With ClickHouse Keeper the tables are replicated; without,
the URL names a host of each shard.`,
		Example: `  roamctl archive init --sandbox
  roamctl archive init --archive ./app.db
  roamctl archive init --archive clickhouse://ch1:8123,ch2:8123/chats --cluster shards`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runInit(cmd.Context(), a) },
	}
	flags.Archive(cmd)
	cmd.Flags().String("cluster", "", "make the tables on the shards of this `CLUSTER` of ClickHouse servers (default: the setting archive_cluster)")
	flags.Columns(cmd, initView())
	return cmd
}

func runInit(ctx context.Context, a *app.App) error {
	opts, err := app.OutputFor(a, initView())
	if err != nil {
		return err
	}
	place, err := a.ArchivePlace()
	if err != nil {
		return err
	}
	if a.Flags.Changed("cluster") && !strings.Contains(place, "://") {
		return fault.New(fault.Usage, "--cluster is for an archive on ClickHouse, and %s is a file", place).
			WithHint("give --archive clickhouse://HOST:PORT/DB")
	}
	store, err := a.Archive(ctx, app.CreateArchive)
	if err != nil {
		return err
	}
	stats, err := store.Stats(ctx)
	if err != nil {
		return err
	}
	return app.Report(a, opts, initView(), initialized{place, stats.Messages}, func() {
		a.Note("the archive %s is ready and has %s", place, render.Count(int(stats.Messages), "message"))
	})
}

func initView() render.View[initialized] {
	return render.View[initialized]{Columns: render.Fields[initialized]()}
}
