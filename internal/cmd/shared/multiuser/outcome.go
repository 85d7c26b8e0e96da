package multiuser

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/render"
)

// outcome is what became of one user's part of a deletion.
type outcome struct {
	deleting.Report

	Error string `json:"error,omitempty"`
}

func newOutcomes(r deleting.Result, dryRun bool) []outcome {
	o := outcome{Report: deleting.NewReport(r, dryRun)}
	if r.Err != nil {
		o.Error = r.Err.Error()
	}
	return []outcome{o}
}

// Form is how what became of the users' parts of a deletion is printed.
type Form interface {
	// check refuses output options that it can't be printed with.
	check(a *app.App) error
	// begin begins a list. Several goroutines may call show; its first error ends
	// the printing only, and is returned by end.
	begin(a *app.App) (show func([]deleting.Result), end func() error, err error)
	// rehearse prints what a dry run came to, in the order of the users.
	rehearse(ctx context.Context, r *run, each func(context.Context, ledger.User) (deleting.Result, error)) error
}

// FormOf prints parts as rows of a view.
func FormOf[T any](view render.View[T], rowsOf func(r deleting.Result, dryRun bool) []T) Form {
	return form[T]{view, rowsOf}
}

type form[T any] struct {
	view   render.View[T]
	rowsOf func(deleting.Result, bool) []T
}

func (f form[T]) check(a *app.App) error { return checkList(a, f.view) }

func (f form[T]) begin(a *app.App) (func([]deleting.Result), func() error, error) {
	out, err := newRows(a, f.view)
	if err != nil {
		return nil, nil, err
	}
	var mu sync.Mutex
	var failed error
	show := func(results []deleting.Result) {
		mu.Lock()
		defer mu.Unlock()
		for _, result := range results {
			if failed == nil {
				failed = out.Print(ledger.User{}, f.rowsOf(result, false))
			}
		}
	}
	return show, func() error {
		if failed != nil {
			return failed
		}
		return out.Close("")
	}, nil
}

func (f form[T]) rehearse(ctx context.Context, r *run, each func(context.Context, ledger.User) (deleting.Result, error)) error {
	return printAll(ctx, r, f.view, func(ctx context.Context, o ledger.User, emit func([]T) error) (ledger.Result, error) {
		result, err := each(ctx, o)
		return ledger.Result{}, errors.Join(err, emit(f.rowsOf(result, true)))
	})
}

func outcomeView() render.View[outcome] {
	number := func(name string, n func(outcome) int) render.Column[outcome] {
		return render.Column[outcome]{Name: name, Default: true, Right: true, Cell: func(o outcome, _ render.Env) string { return strconv.Itoa(n(o)) }}
	}
	hidden := func(name string, cell func(outcome) string) render.Column[outcome] {
		return render.Column[outcome]{Name: name, Cell: func(o outcome, _ render.Env) string { return cell(o) }}
	}
	return render.View[outcome]{Columns: []render.Column[outcome]{
		render.Text("user", func(o outcome) string { return o.User }),
		render.Text("state", func(o outcome) string { return string(o.State) }),
		number("requested", func(o outcome) int { return o.Requested }).WithSpare(2),
		number("accepted", func(o outcome) int { return o.Accepted }),
		number("calls", func(o outcome) int { return len(o.Batches) }).WithSpare(3),
		render.Text("run_id", func(o outcome) string { return o.RunID }).WithSpare(1),
		hidden("command", func(o outcome) string { return o.Command }),
		hidden("dry_run", func(o outcome) string { return strconv.FormatBool(o.DryRun) }),
		hidden("backup", func(o outcome) string {
			if o.Backup == nil {
				return ""
			}
			return o.Backup.Path
		}),
		hidden("attachments", func(o outcome) string { return o.Attachments() }),
		{Name: "error", Default: true, Flex: true, Cell: func(o outcome, _ render.Env) string { return o.Error }},
	}}
}
