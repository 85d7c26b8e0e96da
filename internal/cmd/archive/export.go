package archive

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/exporter"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

type exportOptions struct {
	out    string
	format exporter.Format
	redact flags.Redact
}

func newExport(a *app.App) *cobra.Command {
	o := exportOptions{format: exporter.NDJSON}
	cmd := &cobra.Command{
		Use:   "export [QUERY] --out FILE",
		Short: "Export messages of an archive to files",
		Long: `Export the messages of an archive that a QUERY takes (docs/search.md), or all, to a
new file, the oldest first. A FILE that ends with .zst is compressed with Zstandard.
The file is complete or not there.

NDJSON has one object a line with the fields of roamctl search -o ndjson, without
snippets. In CSV an apostrophe precedes cells that a spreadsheet would run as a
formula.

With Parquet, FILE is a new folder. It has a file for each month in UTC, such as
month=2025-11/messages-0001.parquet, and SHA256SUMS for sha256sum -c.
docs/export-format.md has the columns, and how to query them with DuckDB.

--redact takes numbers, addresses and words out of the messages, and leaves out what its
rules do not allow. QUERY looks at the messages as they were.

No format has the raw bytes and the signed URLs of attachments, so an export
can't be imported again: keep the archive's file for that.`,
		Example: `  roamctl archive export --out all.ndjson.zst
  roamctl archive export 'in:250000000000101 after:2026-11-01' --out november.csv --format csv
  roamctl archive export --out all.parquet --format parquet`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	flags.Archive(cmd)
	f := cmd.Flags()
	f.StringVar(&o.out, "out", "", "write the messages to this new `FILE`, or with Parquet to this new folder (required)")
	flags.Choice(cmd, &o.format, "format", "write the file in this `FORMAT`: ndjson, csv or parquet", exporter.Formats()...)
	o.redact.Declare(cmd)
	flags.Columns(cmd, exportView())
	return cmd
}

func (o *exportOptions) run(ctx context.Context, a *app.App, args []string) error {
	if o.out == "" {
		return fault.New(fault.Usage, "--out is required: the file to export to")
	}
	if err := o.redact.Check(); err != nil {
		return err
	}
	path, err := filepath.Abs(o.out)
	if err != nil {
		return fault.Wrap(fault.Usage, err, "--out")
	}
	if o.format == exporter.Parquet && filepath.Ext(path) == ".zst" {
		return fault.New(fault.Usage, "--out %s ends with .zst, and Parquet files are compressed inside", o.out)
	}
	search := archive.Search{Span: archive.Everything(), Raw: true}
	for _, arg := range args {
		if search.Query, err = a.ParseQuery(arg); err != nil {
			return err
		}
	}
	opts, err := app.OutputFor(a, exportView())
	if err != nil {
		return err
	}
	redactor, err := o.redact.Open(a, nil)
	if err != nil {
		return err
	}
	store, err := a.Archive(ctx, app.ReadArchive)
	if err != nil {
		return err
	}
	a.WarnUnsynced(filepath.Dir(path))
	var result exporter.Result
	if o.format == exporter.Parquet {
		result, err = exporter.Folder(ctx, store, search, path, redactor)
	} else {
		result, err = exporter.File(ctx, store, search, path, o.format, views.InFiles(views.Archived()), redactor)
	}
	if err != nil {
		return err
	}
	return app.Report(a, opts, exportView(), result, func() {
		a.Note("exported %s to %s", render.Count(int(result.Messages), "message"), result.Path)
	})
}

func exportView() render.View[exporter.Result] {
	return render.View[exporter.Result]{Columns: render.Fields[exporter.Result]()}
}
