package sandbox

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// progressEvery is the number of records between two progress notes.
const progressEvery = 250_000

type importOptions struct {
	data string
}

func newImport(a *app.App) *cobra.Command {
	o := importOptions{}
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Import history files into the sandbox",
		Long: `Import files in the service's hourly history format: one JSON record a line,
plain or .gz; - reads standard input. Files of any size stream through.

The records count as messages that clients sent: they create users, put
conversations on both sides' lists, and make senders members of their groups.
Messages that exist are skipped, so a file can be imported again.`,
		Example: `  roamctl sandbox import history.ndjson.gz
  zcat 2026112*.gz | roamctl sandbox import - --data ./sandbox`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fault.New(fault.Usage, "a file is required, or - for standard input")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	dataFlag(cmd, &o.data)
	flags.Columns(cmd, importedView())
	return cmd
}

func (o *importOptions) run(ctx context.Context, a *app.App, paths []string) error {
	opts, dir, err := prepare(a, importedView(), o.data)
	if err != nil {
		return err
	}
	box, err := open(ctx, a, sandbox.Options{Dir: dir})
	if err != nil {
		return err
	}
	var done []imported
	for _, path := range paths {
		var one imported
		one, err = importOne(ctx, a, box, path)
		if one.Records > 0 {
			done = append(done, one)
		}
		if err != nil {
			break
		}
	}
	err = errors.Join(err, box.Close())
	if len(done) == 0 && err != nil || app.PlainTable(opts) { // there was a note for each file
		return err
	}
	list, failed := render.NewList(a.IO, opts, importedView())
	if failed == nil {
		failed = list.Finish(done...)
	}
	return errors.Join(err, failed)
}

// imported is the result of importing a file; "-" is standard input.
type imported struct {
	File       string `json:"file"`
	Records    int64  `json:"records"`
	Imported   int64  `json:"imported"`
	Duplicates int64  `json:"duplicates"`
	Bad        int64  `json:"bad"`
}

func importedView() render.View[imported] {
	return render.View[imported]{Columns: render.Fields[imported]()}
}

// importOne imports one file.
func importOne(ctx context.Context, a *app.App, box *sandbox.Sandbox, path string) (imported, error) {
	in, name := a.IO.In, "standard input"
	if path != "-" {
		f, err := fsutil.OpenInput(path)
		if err != nil {
			return imported{}, fault.File(fault.Usage, err, "importing history")
		}
		defer f.Close()
		in, name = f, path
	}
	var shown int64
	report, err := box.Import(ctx, in, func(done int64) {
		if done >= shown+progressEvery {
			shown = done
			a.Note("%s: %d records so far", name, done)
		}
	})
	a.Note("%s: %d messages imported, %d skipped because they exist", name, report.Imported, report.Duplicates)
	for _, bad := range report.BadLines {
		a.Warn("%s: %v", name, &bad)
	}
	one := imported{path, report.Records, report.Imported, report.Duplicates, report.Bad}
	switch {
	case err != nil:
		return one, fault.Wrap(fault.Usage, err, "importing %s", name)
	case report.Records == 0:
		return one, fault.New(fault.Usage, "%s is empty: nothing to import", name)
	case report.Bad > 0:
		return one, fault.New(fault.Partial, "%s: skipped %d of %d lines that can't be read", name, report.Bad, report.Records).
			WithHint("correct them and import the file again: messages that exist are skipped")
	}
	return one, nil
}
