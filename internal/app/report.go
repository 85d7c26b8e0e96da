package app

import (
	"fmt"

	"github.com/roamctl/roamctl/internal/render"
)

// PrintReport prints what a command did: by data in the format that the user
// chose, or by people when that is a plain table.
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

// PlainTable tells whether nothing but the default was asked for.
func PlainTable(o render.Options) bool {
	return o.Format == render.Table && o.JQ == "" && o.Template == "" && len(o.Columns) == 0
}

// PrintRequests prints what a dry run would have sent, a line a request.
func (a *App) PrintRequests(requests []Request) {
	a.Note("dry run: no request that deletes was sent; these would be:")
	for _, r := range requests {
		fmt.Fprintln(a.IO.Out, render.Safe(r.String()))
	}
}
