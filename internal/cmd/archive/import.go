package archive

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/importer"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// maxBadLines is how many unreadable lines are named.
const maxBadLines = 20

// importedFile is what became of a file.
type importedFile struct {
	Path       string `json:"path"`
	Kind       string `json:"kind"`
	Messages   int    `json:"messages"`
	Added      int    `json:"added"`
	Known      int    `json:"known"`
	Revised    int    `json:"revised"`
	Reconciled int    `json:"reconciled"`
	Erased     int    `json:"erased"` // refused, because they were erased
	Unreadable int64  `json:"unreadable"`
	Problem    string `json:"problem"`
}

func newImport(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import PATH...",
		Short: "Import exports, backups and history files",
		Long: `Import messages from files and folders, in any mix:

  - exports of roamctl messages export, as a folder or its NDJSON files, and what
    roamctl messages fetch -o ndjson prints
  - backups, as a folder or packed (.tar.zst)
  - history files of the service, gzip or plain
  - folders of these

import recognizes files by their content. CSV is refused: its texts are not always
exact. Files stream through, whatever their size. The archive is created if there
is none.

A message that the archive has is not added again, so an import can be repeated,
also after an interruption. A message that roamctl archive erase erased is not
brought back. Where a message has another text than before, the archive keeps both.

Exports and backups of another App Key are refused: an archive has one app. A
history file and what messages fetch prints don't name theirs.

A line that can't be read is named and counted, and the rest is imported: exit 8.`,
		Example: `  roamctl messages export --user alice --out ./alice --sandbox
  roamctl archive import ./alice --sandbox
  roamctl archive import ./alice ~/backups 2025112*.gz -o ndjson`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fault.New(fault.Usage, "a file or folder is required")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runImport(cmd.Context(), a, args) },
	}
	flags.Archive(cmd)
	flags.Columns(cmd, importView())
	return cmd
}

func runImport(ctx context.Context, a *app.App, paths []string) error {
	list, err := app.NewList(a, importView())
	if err != nil {
		return err
	}
	store, err := a.Archive(ctx, app.CreateArchive)
	if err != nil {
		return err
	}
	c, err := a.Config()
	if err != nil {
		return err
	}
	appKey := ""
	if !a.Global.Sandbox { // a sandbox that is reset has another App Key
		appKey = c.Value("app_key").Text
	}
	now := a.Now()
	t := tally{app: a, list: list}
	i := importer.Importer{
		Store: store, Run: archive.Run{ID: run.NewID(now), Started: roaming.Millis(now.UnixMilli())},
		AppKey: appKey, OnFile: t.file, OnBadLine: t.badLine,
	}
	var failed error
	for _, path := range paths {
		if failed = i.Import(ctx, filepath.Clean(path)); failed != nil {
			break
		}
	}
	if t.files == 0 && failed != nil {
		return failed
	}
	if t.bad > maxBadLines {
		a.Warn("%d more lines can't be read", t.bad-maxBadLines)
	}
	if err := errors.Join(failed, list.Close("")); err != nil {
		return err
	}
	a.Note("%s, %d known", render.Count(t.sum.Added, "new message"), t.sum.Known)
	return t.verdict()
}

// tally sums up what an import did.
type tally struct {
	app        *app.App
	list       *render.List[importedFile]
	sum        archive.Result
	files, bad int
	problems   []error
}

func (t *tally) badLine(path string, err error) {
	t.bad++
	if t.bad <= maxBadLines {
		t.app.Warn("%s: %v", path, err)
	}
}

func (t *tally) file(f importer.File) error {
	t.files++
	t.sum.Add(f.Result)
	row := importedFile{
		Path: f.Path, Kind: string(f.Kind), Messages: f.Added + f.Known + f.Erased, Added: f.Added, Known: f.Known,
		Revised: f.Revised, Reconciled: f.Reconciled, Erased: f.Erased, Unreadable: f.Unreadable,
	}
	if f.Err != nil {
		row.Problem = f.Err.Error()
		kind := fault.KindOf(f.Err)
		if kind == fault.Bug {
			kind = fault.Partial // a file that is cut off, or can't be opened
		}
		t.problems = append(t.problems, fault.Wrap(kind, f.Err, "not imported, or not all of it: %s", f.Path).
			WithHint("%s", fault.HintOf(f.Err)))
		t.app.Warn("%s: %v", f.Path, f.Err)
	}
	return t.list.Write(row)
}

// verdict is the error of an import that lacks something.
func (t *tally) verdict() error {
	switch {
	case len(t.problems) == 1 && t.files == 1 && t.sum == (archive.Result{}):
		return t.problems[0]
	case len(t.problems) > 0:
		return fault.New(fault.Partial, "%d of %s could not be imported, or not completely", len(t.problems), render.Count(t.files, "file")).
			WithHint("%s", cmp.Or(fault.HintOf(t.problems[0]), "the column problem says why"))
	case t.bad > 0:
		return fault.New(fault.Partial, "%s can't be read; the rest is in the archive", render.Count(t.bad, "line")).
			WithHint("stderr names them; what is imported again is not added twice")
	}
	return nil
}

func importView() render.View[importedFile] {
	return render.View[importedFile]{Columns: render.Fields[importedFile](
		"path", "kind,drop=1", "messages", "added", "known", "revised,hidden", "reconciled,hidden", "erased,hidden", "unreadable", "problem,flex")}
}
