package backup

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/backup"
)

type packOptions struct {
	out string
}

func newPack(a *app.App) *cobra.Command {
	o := packOptions{}
	cmd := &cobra.Command{
		Use:   "pack {NAME | PATH}",
		Short: "Pack a backup into one .tar.zst file",
		Long: `Pack a backup into one .tar.zst file, to move or to archive it. pack verifies
the backup first and the file afterwards, and keeps the backup. Every command
that takes a backup takes the file, too. Any tar with zstd unpacks it.`,
		Example:           "  roamctl backup pack 20261120T120000Z-alice-bob-r1 --out alice.tar.zst",
		Args:              oneBackup,
		ValidArgsFunction: completeNames(a),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args[0]) },
	}
	dirFlag(cmd)
	cmd.Flags().StringVar(&o.out, "out", "", "write to `FILE`, ending in .tar.zst (default: the backup's path and .tar.zst)")
	return cmd
}

func (o *packOptions) run(ctx context.Context, a *app.App, name string) error {
	path, err := find(a, name)
	if err != nil {
		return err
	}
	out := o.out
	if out == "" {
		out = path + ".tar.zst"
	}
	a.WarnUnsynced(filepath.Dir(out))
	if err := backup.Pack(ctx, path, out); err != nil {
		return err
	}
	a.Note("packed %s into %s", path, out)
	return nil
}
