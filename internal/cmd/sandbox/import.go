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

// progressEvery is how many records go by between two lines of progress.
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

The records count as messages that clients sent: they make users, put
conversations on both sides' lists, and make senders members of their groups.
A message that is there already is skipped, so a file can be imported again.`,
		Example: `  roamctl sandbox import history.ndjson.gz
  zcat 2026112*.gz | roamctl sandbox import - --data ./sandbox`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fault.New(fault.Usage, "which file? give at least one, or - for standard input")
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
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if err := render.Check(a.IO, opts, importedView()); err != nil {
		return err
	}
	dir, err := dataDir(a, o.data)
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
	if len(done) == 0 && err != nil {
		return err
	}
	return errors.Join(err, a.PrintReport(func(opts render.Options) error {
		return printImported(a, opts, done)
	}, func() {})) // people were told of each file as it was done
}

// importFile imports one file and says what came of it.
func importFile(ctx context.Context, a *app.App, box *sandbox.Sandbox, path string) error {
	_, err := importOne(ctx, a, box, path)
	return err
}

// importOne is importFile that also returns what came of it.
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
	a.Note("%s: %d messages imported, %d there already", name, report.Imported, report.Duplicates)
	for _, bad := range report.BadLines {
		a.Warn("%s: %v", name, &bad)
	}
	one := imported{path, report.Records, report.Imported, report.Duplicates, report.Bad}
	switch {
	case err != nil:
		return one, fault.Wrap(fault.Usage, err, "importing %s", name)
	case report.Records == 0:
		return one, fault.New(fault.Usage, "%s is empty: there is nothing to import", name)
	case report.Bad > 0:
		return one, fault.New(fault.Partial, "%s: %d of %d lines could not be read and were left out", name, report.Bad, report.Records).
			WithHint("correct them and import the file again: what is there already is skipped")
	}
	return one, nil
}
