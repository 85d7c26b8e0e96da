package app

import (
	"fmt"

	"github.com/roamctl/roamctl/internal/render"
)

// OutputFor is Output after checking it against a view, before anything is done.
func OutputFor[T any](a *App, v render.View[T]) (render.Options, error) {
	opts, err := a.Output()
	if err == nil {
		err = render.Check(a.IO, opts, v)
	}
	return opts, err
}

// NewList begins a list in the format that the user chose.
func NewList[T any](a *App, v render.View[T]) (*render.List[T], error) {
	opts, err := a.Output()
	if err != nil {
		return nil, err
	}
	return render.NewList(a.IO, opts, v)
}

// Report prints one thing in the format that the user chose, or by people when
// that is a plain table.
func Report[T any](a *App, opts render.Options, v render.View[T], item T, people func()) error {
	if PlainTable(opts) {
		people()
		return a.IO.WriteError()
	}
	return render.One(a.IO, opts, v, item)
}

// Print is Report with the options of Output.
func Print[T any](a *App, v render.View[T], item T, people func()) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	return Report(a, opts, v, item, people)
}

// PlainTable reports whether the output has its default form. A report has that,
// too, where the configured format is transcript, which is for messages.
func PlainTable(o render.Options) bool {
	table := o.Format == render.Table || o.Format == render.Transcript && o.FormatFrom != ""
	return table && o.JQ == "" && o.Template == "" && len(o.Columns) == 0
}

// PrintRequests prints the requests of a dry run, one a line. does is what they do:
// "deletes".
func (a *App) PrintRequests(does string, requests []Request) {
	a.Note("dry run: no request that %s was sent; these would be:", does)
	for _, r := range requests {
		fmt.Fprintln(a.IO.Out, render.Safe(r.String()))
	}
}
