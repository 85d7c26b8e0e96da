package multiuser

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// withUser is a view of one user's items as a view of several users' items.
func withUser[T, U any](v render.View[T], split func(U) (string, T)) render.View[U] {
	columns := []render.Column[U]{{
		Name: "user", Default: true,
		Cell: func(u U, _ render.Env) string { user, _ := split(u); return user },
	}}
	items := views.Of(v, func(u U) T { _, item := split(u); return item })
	return render.View[U]{Columns: append(columns, items.Columns...), JSON: items.JSON}
}

// checkList refuses output options that a list can't be printed with.
func checkList[T any](a *app.App, v render.View[T]) error {
	_, err := newList(a, v)
	return err
}

// list prints items as one list. It is an engine.Printer.
type list[T any] struct{ *render.List[T] }

func newList[T any](a *app.App, v render.View[T]) (list[T], error) {
	l, err := app.NewList(a, v)
	return list[T]{l}, err
}

// Print implements engine.Printer.
func (l list[T]) Print(_ run.Job, items []T) error { return l.Write(items...) }

// printList does the jobs and prints their items as one list, in the order of the
// users.
func printList[T any](ctx context.Context, r *session, v render.View[T], do func(context.Context, run.Job, func([]T) error) (run.Result, error)) error {
	out, err := newList(r.app, v)
	if err != nil {
		return err
	}
	err = newEngine(r, do, out).Run(ctx)
	if closed := out.Close(""); err == nil {
		err = closed
	}
	return err
}

// noteCut tells the user how many listings of the run a limit cut short. They have no
// cursor that continues all of them.
func (r *session) noteCut(one, several string) {
	if n := int(r.meter.cut.Load()); n > 0 {
		r.app.Note("there is more in %s: --all reads everything", render.CountOf(n, one, several))
	}
}

// warnUnreadable warns of items that could not be read, and counts them.
func warnUnreadable(a *app.App, of string, bad []*roaming.ItemError) int {
	for _, item := range bad {
		a.Warn("%v", fmt.Errorf("of %s, unreadable: %w: %.200q", of, item, item.Raw))
	}
	return len(bad)
}

// unreadable is the error of a job some of whose items could not be read.
func unreadable(bad int) error {
	if bad == 0 {
		return nil
	}
	return fault.New(fault.Partial, "%s could not be read; the others are complete", render.Count(bad, "item"))
}

// Rows is how the results of a deletion for several users are printed.
type Rows interface {
	// check refuses output options that they can't be printed with.
	check(a *app.App) error
	// begin begins a list. Several goroutines may call show; its first error stops
	// only the printing, and end returns it.
	begin(a *app.App) (show func([]deleting.Result), end func() error, err error)
	// dryRun prints the results of a dry run in the order of the users.
	dryRun(ctx context.Context, r *session, each func(context.Context, run.Job) (deleting.Result, error)) error
}

// RowsOf prints results as the rows of a view.
func RowsOf[T any](view render.View[T], rowsOf func(r deleting.Result, dryRun bool) []T) Rows {
	return rows[T]{view, rowsOf}
}

type rows[T any] struct {
	view render.View[T]
	of   func(deleting.Result, bool) []T
}

func (f rows[T]) check(a *app.App) error { return checkList(a, f.view) }

func (f rows[T]) begin(a *app.App) (func([]deleting.Result), func() error, error) {
	out, err := newList(a, f.view)
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
				failed = out.Write(f.of(result, false)...)
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

func (f rows[T]) dryRun(ctx context.Context, r *session, each func(context.Context, run.Job) (deleting.Result, error)) error {
	return printList(ctx, r, f.view, func(ctx context.Context, j run.Job, emit func([]T) error) (run.Result, error) {
		result, err := each(ctx, j)
		return run.Result{}, errors.Join(err, emit(f.of(result, true)))
	})
}

// outcome is the result of one user of several.
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

// outcomeView shows outcomes: of recalls also how many messages were already gone, such
// as those that another user of the run recalled first.
func outcomeView(recalls bool) render.View[outcome] {
	gone := "already_gone,hidden"
	if recalls {
		gone = "already_gone"
	}
	v := render.View[outcome]{Columns: render.Fields[outcome]("user", "state", "requested,drop=2", "accepted", gone, "calls,drop=3", "run_id,drop=1",
		"command,hidden", "dry_run,hidden", "backup,hidden", "attachments,hidden", "error,flex")}
	return v.WithCell("calls", func(o outcome) string { return strconv.Itoa(len(o.Batches)) }).
		WithCell("already_gone", func(o outcome) string { return strconv.Itoa(len(o.AlreadyGone)) }).
		WithCell("backup", func(o outcome) string { return o.BackupPath() }).
		WithCell("attachments", func(o outcome) string { return o.Attachments() })
}
