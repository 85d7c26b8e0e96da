package clickhouse

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/roaming"
)

// fetchRow is a row of fetches.
type fetchRow struct {
	subject
	From    int64  `json:"from_ms"`
	To      int64  `json:"to_ms"`
	At      int64  `json:"at"`
	State   string `json:"state"`
	Reason  string `json:"reason"`
	Records int64  `json:"records"`
	Last    string `json:"last"` // a key
	Deleted int    `json:"deleted"`
	Version int64  `json:"version"`
}

func fetchRowOf(f archive.Fetch) fetchRow {
	r := fetchRow{
		From: f.Span.From, To: f.Span.To, At: content.Millis(f.At), State: string(f.State), Reason: column(f.Reason), Records: f.Records,
		Last: keyColumn(f.Last),
	}
	if f.Subject != (archive.Subject{}) {
		r.subject = subjectOf(f.Subject.User, f.Subject.Conversation)
	}
	return r
}

func (r fetchRow) fetch() archive.Fetch {
	f := archive.Fetch{
		Span: archive.Span{From: r.From, To: r.To}, At: roaming.Millis(r.At), State: archive.FetchState(r.State),
		Reason: uncolumn(r.Reason), Records: r.Records, Last: keyOf(r.Last),
	}
	if r.User != "" {
		f.Subject = archive.Subject{User: uncolumn(r.User), Conversation: r.conversation()}
	}
	return f
}

// fetches notes what became of fetches. What was complete stays so.
func (i *importer) fetches(ctx context.Context, all []archive.Fetch) error {
	if len(all) == 0 {
		return nil
	}
	subjects := map[subject]bool{}
	span := all[0].Span
	for _, f := range all {
		subjects[fetchRowOf(f).subject] = true
		span.From, span.To = min(span.From, f.Span.From), max(span.To, f.Span.To)
	}
	known := map[subject][]fetchRow{}
	where := fmt.Sprintf("SELECT * FROM fetches FINAL WHERE deleted = 0 AND from_ms <= %d AND to_ms >= %d", span.To, span.From)
	for sql := range inTuples(where+" AND (user, chat_type, a, b) IN (%s)", subjects, subject.tuple) {
		for r, err := range list[fetchRow](ctx, i.s.c, sql) {
			if err != nil {
				return err
			}
			known[r.subject] = append(known[r.subject], r)
		}
	}
	before := map[subject][]fetchRow{}
	for at, rows := range known {
		before[at] = slices.Clone(rows)
	}
	for _, f := range all {
		r := fetchRowOf(f)
		known[r.subject] = replaceFetch(known[r.subject], r)
	}
	for at := range subjects {
		if err := i.writeFetches(before[at], known[at]); err != nil {
			return err
		}
	}
	return nil
}

// replaceFetch is what is known of a subject after another fetch.
func replaceFetch(known []fetchRow, f fetchRow) []fetchRow {
	complete := f.State == string(archive.Complete)
	if !complete && slices.ContainsFunc(known, func(k fetchRow) bool {
		return k.From <= f.From && k.To >= f.To && k.State == string(archive.Complete)
	}) {
		return known
	}
	known = slices.DeleteFunc(known, func(k fetchRow) bool {
		within := k.From >= f.From && k.To <= f.To && (k.State != string(archive.Complete) || complete)
		return within || k.From == f.From && k.To == f.To
	})
	return append(known, f)
}

// writeFetches writes the difference of what was and is known of a subject.
func (i *importer) writeFetches(before, after []fetchRow) error {
	for _, r := range before {
		gone := func(k fetchRow) bool { return k.From == r.From && k.To == r.To }
		if !slices.ContainsFunc(after, gone) {
			r.Deleted, r.Version = 1, i.changes.Number
			if err := i.changes.add("fetches", r); err != nil {
				return err
			}
		}
	}
	for _, r := range after {
		if slices.Contains(before, r) {
			continue
		}
		r.Version = i.changes.Number
		if err := i.changes.add("fetches", r); err != nil {
			return err
		}
	}
	return nil
}

// inTuples are the statements for the keys of a map, a chunk of them in each.
func inTuples[K comparable, V any](sql string, of map[K]V, tuple func(K) string) iter.Seq[string] {
	return func(yield func(string) bool) {
		var tuples []string
		for key := range maps.Keys(of) {
			tuples = append(tuples, tuple(key))
		}
		for chunk := range slices.Chunk(tuples, chunkSize) {
			if !yield(fmt.Sprintf(sql, strings.Join(chunk, ","))) {
				return
			}
		}
	}
}

// listFetches lists the fetches that overlap a span, in the order of their
// subjects and spans.
func (s *Store) listFetches(ctx context.Context, span archive.Span, where string) iter.Seq2[archive.Fetch, error] {
	sql := fmt.Sprintf("SELECT * FROM fetches FINAL WHERE deleted = 0 AND from_ms <= %d AND to_ms >= %d AND %s ORDER BY user, chat_type, a, b, from_ms, to_ms",
		span.To, span.From, where)
	return func(yield func(archive.Fetch, error) bool) {
		for r, err := range list[fetchRow](ctx, s.c, sql) {
			if !yield(r.fetch(), s.wrap(err)) || err != nil {
				return
			}
		}
	}
}

// Fetches implements archive.Store.
func (s *Store) Fetches(ctx context.Context, of archive.Subject, span archive.Span) iter.Seq2[archive.Fetch, error] {
	return func(yield func(archive.Fetch, error) bool) {
		for f, err := range s.listFetches(ctx, span, "user = "+quote(column(strings.ToLower(of.User)))) {
			if err == nil && f.Subject != of && of.Conversation != (archive.Conversation{}) {
				continue
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// Gaps implements archive.Store.
func (s *Store) Gaps(ctx context.Context, q archive.GapQuery) iter.Seq2[archive.Gap, error] {
	if q.User != "" {
		return archive.Gaps(q, nil, s.listFetches(ctx, q.Span, "user = "+quote(column(strings.ToLower(q.User)))))
	}
	return archive.Gaps(q, s.listFetches(ctx, q.Span, "user = ''"), s.listFetches(ctx, q.Span, "user != ''"))
}
