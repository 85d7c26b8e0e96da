package search

import (
	"context"
	"iter"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/render"
)

// count is how many hits have a value in common.
type count struct {
	Value    string `json:"value"` // "" for messages without a time
	Messages int    `json:"messages"`
}

func countFields() []string { return []string{"user", "conversation", "day", "kind"} }

// printCounts prints how many hits there are: as a chart for people.
func (o *options) printCounts(ctx context.Context, a *app.App) error {
	opts, err := app.OutputFor(a, countView())
	if err != nil {
		return err
	}
	store, err := o.archive(ctx, a)
	if err != nil {
		return err
	}
	chosen, err := o.chosen(ctx, store)
	if err != nil {
		return err
	}
	counts, err := archive.CountBy(o.hits(ctx, store, chosen, archive.Search{Query: o.query, Span: o.span()}), o.count, opts.Location)
	if err != nil {
		return err
	}
	if app.PlainTable(opts) {
		err = o.chart(a, counts)
	} else {
		err = printRows(a, opts, counts)
	}
	if err != nil || len(counts) > 0 {
		return err
	}
	return o.noteNothing(ctx, a, store)
}

func printRows(a *app.App, opts render.Options, counts []archive.Count) error {
	list, err := render.NewList(a.IO, opts, countView())
	if err != nil {
		return err
	}
	rows := make([]count, len(counts))
	for i, c := range counts {
		rows[i] = count{c.Of, c.Messages}
	}
	return list.Finish(rows...)
}

func countView() render.View[count] { return render.View[count]{Columns: render.Fields[count]()} }

func (o *options) chart(a *app.App, counts []archive.Count) error {
	if len(counts) == 0 {
		return nil
	}
	bars := make([]render.Bar, len(counts))
	total := 0
	for i, c := range counts {
		bars[i] = render.Bar{Label: c.Of, Count: c.Messages}
		total += c.Messages
	}
	return render.Bars(a.IO, render.Count(total, "hit")+" by "+o.count, bars)
}

// hits are the messages that a search and --gone take.
func (o *options) hits(ctx context.Context, store archive.Store, chosen choice, search archive.Search) iter.Seq2[archive.Stored, error] {
	return func(yield func(archive.Stored, error) bool) {
		for m, err := range store.Search(ctx, search) {
			if _, ok := chosen.has(m.Key); err == nil && !ok {
				continue
			}
			if !yield(m, err) {
				return
			}
		}
	}
}
