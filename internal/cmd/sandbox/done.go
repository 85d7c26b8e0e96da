package sandbox

import (
	"errors"
	"strconv"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/render"
)

// imported is what came of a file; "-" is standard input.
type imported struct {
	File       string `json:"file"`
	Records    int64  `json:"records"`
	Imported   int64  `json:"imported"`
	Duplicates int64  `json:"duplicates"`
	Bad        int64  `json:"bad"`
}

func importedView() render.View[imported] {
	count := func(name string, n func(imported) int64) render.Column[imported] {
		return render.Column[imported]{Name: name, Default: true, Right: true, Cell: func(i imported, _ render.Env) string {
			return strconv.FormatInt(n(i), 10)
		}}
	}
	return render.View[imported]{Columns: []render.Column[imported]{
		{Name: "file", Default: true, Cell: func(i imported, _ render.Env) string { return i.File }},
		count("records", func(i imported) int64 { return i.Records }),
		count("imported", func(i imported) int64 { return i.Imported }),
		count("duplicates", func(i imported) int64 { return i.Duplicates }),
		count("bad", func(i imported) int64 { return i.Bad }),
	}}
}

func printImported(a *app.App, opts render.Options, files []imported) error {
	list, err := render.NewList(a.IO, opts, importedView())
	if err != nil {
		return err
	}
	return errors.Join(list.Write(files...), list.Close(""))
}

// reset is what became of a data folder.
type reset struct {
	Dir  string `json:"dir"`
	Done string `json:"done"` // deleted, planned or absent
}

func resetView() render.View[reset] {
	return render.View[reset]{Columns: []render.Column[reset]{
		{Name: "dir", Default: true, Cell: func(r reset, _ render.Env) string { return r.Dir }},
		{Name: "done", Default: true, Cell: func(r reset, _ render.Env) string { return r.Done }},
	}}
}
