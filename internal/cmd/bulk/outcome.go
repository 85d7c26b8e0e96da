package bulk

import (
	"errors"
	"strconv"
	"sync"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/destroy"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/render"
)

// outcome is what became of one user's part of a deletion.
type outcome struct {
	destroy.Report

	Error string `json:"error,omitempty"`
}

func newOutcome(r destroy.Result, dryRun bool) outcome {
	o := outcome{Report: destroy.NewReport(r, dryRun)}
	if r.Err != nil {
		o.Error = r.Err.Error()
	}
	return o
}

// outcomes prints outcomes as they come, for several goroutines. The first
// error ends the printing only.
type outcomes struct {
	mu   sync.Mutex
	rows *rows[outcome]
	err  error
}

func newOutcomes(a *app.App) (*outcomes, error) {
	rows, err := newRows(a, outcomeView())
	return &outcomes{rows: rows}, err
}

func (o *outcomes) print(of []outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = o.rows.Print(ledger.Owner{}, of)
	}
}

func (o *outcomes) close() error {
	if o.err != nil {
		return o.err
	}
	return errors.Join(o.rows.Flush(), o.rows.list.Close(""))
}

func outcomeView() render.View[outcome] {
	number := func(name string, n func(outcome) int) render.Column[outcome] {
		return render.Column[outcome]{Name: name, Default: true, Right: true, Cell: func(o outcome, _ render.Env) string { return strconv.Itoa(n(o)) }}
	}
	hidden := func(name string, cell func(outcome) string) render.Column[outcome] {
		return render.Column[outcome]{Name: name, Cell: func(o outcome, _ render.Env) string { return cell(o) }}
	}
	return render.View[outcome]{Columns: []render.Column[outcome]{
		render.Text("owner", func(o outcome) string { return o.Owner }),
		render.Text("state", func(o outcome) string { return string(o.State) }),
		number("requested", func(o outcome) int { return o.Requested }),
		number("accepted", func(o outcome) int { return o.Accepted }),
		number("calls", func(o outcome) int { return len(o.Batches) }),
		render.Text("run_id", func(o outcome) string { return o.RunID }),
		hidden("command", func(o outcome) string { return o.Command }),
		hidden("dry_run", func(o outcome) string { return strconv.FormatBool(o.DryRun) }),
		hidden("backup", func(o outcome) string {
			if o.Backup == nil {
				return ""
			}
			return o.Backup.Path
		}),
		{Name: "error", Default: true, Flex: true, Cell: func(o outcome, _ render.Env) string { return o.Error }},
	}}
}
