package search

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// hit is a row: a message that the query takes, or one around it.
type hit struct {
	archive.Record

	Snippet string   `json:"snippet"` // the part of a text that the query hits
	Marks   [][2]int `json:"marks"`   // what is hit of it: first character and the one after the last, from 0
	Hit     int      `json:"hit"`     // the number of the hit, from 1, that the row is or is around
	Match   bool     `json:"match"`   // the row is the hit
	// GoneSince is when a recheck no longer found the message in the history of
	// --user; null unless --gone.
	GoneSince roaming.Time `json:"gone_since"`

	marks []render.Mark // in bytes
}

// pages are pages of hits.
type pages = iter.Seq2[roaming.Page[hit], error]

// printHits searches the archive.
func (o *options) printHits(ctx context.Context, a *app.App) error {
	var store archive.Store
	found := 0
	listing := app.Listing[hit]{View: view(o.context > 0), More: func(next roaming.Cursor) string {
		return fmt.Sprintf("--cursor %s continues, --all prints everything", next)
	}}
	err := listing.Run(ctx, a, func() (pages, error) {
		if o.query.Scans() {
			a.Note("no index helps with this query: reading every message")
		}
		var err error
		if store, err = o.archive(ctx, a); err != nil {
			return nil, err
		}
		chosen, err := o.chosen(ctx, store)
		if err != nil {
			return nil, err
		}
		if o.redactor != nil {
			store = o.redactor.Store(store)
		}
		return o.pages(ctx, store, chosen, &found), nil
	})
	if err != nil || found > 0 || o.cursor != "" {
		return err
	}
	return o.noteNothing(ctx, a, store)
}

// pages makes pages of hits, and counts them.
func (o *options) pages(ctx context.Context, store archive.Store, chosen choice, found *int) pages {
	search := archive.Search{Query: o.query, Span: o.span(), Oldest: o.oldest, After: o.after, Raw: true}
	if chosen == nil && o.page.Limit() > 0 {
		search.Limit = o.page.Limit() + 1 // shows whether there are more
	}
	return func(yield func(roaming.Page[hit], error) bool) {
		var page roaming.Page[hit]
		hits := 0
		for m, err := range o.hits(ctx, store, chosen, search) {
			if hits == o.page.Limit() && hits > 0 && err == nil {
				yield(page, nil) // with the cursor of its last hit
				return
			}
			hits++
			rows, err := o.checkedRows(ctx, store, &m, hits, chosen, err)
			if err != nil {
				if len(page.Items) == 0 || yield(page, nil) {
					yield(roaming.Page[hit]{}, err)
				}
				return
			}
			*found++
			page.Items = append(page.Items, rows...)
			page.Next = roaming.Cursor(strconv.FormatInt(m.Position, 10))
			if len(page.Items) >= defaultLimit && hits != o.page.Limit() {
				if !yield(page, nil) {
					return
				}
				page = roaming.Page[hit]{}
			}
		}
		page.Next = ""
		yield(page, nil)
	}
}

// checkedRows are rows that have nothing of what redaction took out.
func (o *options) checkedRows(ctx context.Context, store archive.Store, m *archive.Stored, number int, chosen choice, failed error) ([]hit, error) {
	rows, err := o.rows(ctx, store, m, number, chosen, failed)
	if err == nil {
		err = o.checkRedacted(rows)
	}
	return rows, err
}

// checkRedacted looks at rows for what redaction took out.
func (o *options) checkRedacted(rows []hit) error {
	if o.redactor == nil {
		return nil
	}
	for i := range rows {
		record, err := json.Marshal(rows[i])
		if err == nil {
			err = o.redactor.CheckJSON(record)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rows are a hit and the messages around it, oldest first. failed is the error of
// the search in its place.
func (o *options) rows(ctx context.Context, store archive.Store, m *archive.Stored, number int, chosen choice, failed error) ([]hit, error) {
	if failed != nil {
		return nil, failed
	}
	since, _ := chosen.has(m.Key)
	row := hit{Record: m.Record(), Hit: number, Match: true, GoneSince: since}
	row.setSnippet(snippetOf(o.query, &m.Message))
	if o.context == 0 {
		return []hit{row}, nil
	}
	earlier, later, err := store.Around(ctx, m.Key, o.context, o.context)
	if err != nil {
		return nil, err
	}
	var rows []hit
	around := func(all []archive.Stored) {
		for i := range all {
			row := hit{Record: all[i].Record(), Hit: number}
			row.setSnippet(beginning(&all[i].Message))
			rows = append(rows, row)
		}
	}
	around(earlier)
	rows = append(rows, row)
	around(later)
	return rows, nil
}

// view is how hits are shown, with a number for those that have messages around
// them.
func view(numbered bool) render.View[hit] {
	v := views.Of(views.Archived(), func(h hit) archive.Record { return h.Record })
	for i := range v.Columns {
		switch c := &v.Columns[i]; c.Name {
		case "conversation":
			c.Default, c.DropOrder = true, 2
		case "text":
			c.Default = false
		}
	}
	v.Columns = append(v.Columns,
		render.Column[hit]{Name: "hit", Right: true, Default: numbered, Cell: func(h hit, _ render.Env) string { return strconv.Itoa(h.Hit) }},
		render.Column[hit]{Name: "match", Default: numbered, DropOrder: 3, Cell: func(h hit, _ render.Env) string {
			if h.Match {
				return "yes"
			}
			return ""
		}},
		render.Column[hit]{Name: "gone_since", Cell: func(h hit, e render.Env) string { return e.Time(h.GoneSince.Time) }},
		render.Column[hit]{
			Name: "snippet", Default: true, Flex: true, Cell: func(h hit, _ render.Env) string { return h.Snippet },
			Marks: func(h hit) []render.Mark { return h.marks },
		},
	)
	return v
}
