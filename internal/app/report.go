package app

import (
	"fmt"

	"github.com/roamctl/roamctl/internal/render"
)

// PrintReport prints what a command did: with people in a plain table, and with
// data in any other format.
func (a *App) PrintReport(data func(render.Options) error, people func()) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if PlainTable(opts) {
		people()
		return a.IO.WriteError()
	}
	return data(opts)
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
