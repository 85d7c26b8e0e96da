package users

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/explain"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// factsView is a row for CSV and for tables with columns.
func factsView() render.View[explain.Facts] {
	reasons := func(f explain.Facts, _ render.Env) string {
		var all []string
		for _, r := range f.Reasons {
			all = append(all, fmt.Sprintf("%s: %s", r.Certainty, r.Reason))
		}
		return strings.Join(all, "\n")
	}
	v := render.View[explain.Facts]{Columns: render.Fields[explain.Facts]("user", "conversation", "type", "common", "kept_days")}
	v.Columns = append(v.Columns, render.Column[explain.Facts]{Name: "reasons", Default: true, Flex: true, Cell: reasons})
	return v
}

func overviewView() render.View[explain.Row] {
	return render.View[explain.Row]{Columns: render.Fields[explain.Row]("user,hidden", "conversation", "type,drop=3", "list", "unread,hidden",
		"newest", "oldest,hidden", "other_newest,drop=2", "other_oldest,hidden", "certainty,drop=1", "issue,flex", "more,hidden")}
}

// printFacts prints the facts: as tables and lines for people.
func printFacts(ctx context.Context, a *app.App, f *explain.Facts) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if !app.PlainTable(opts) {
		return render.One(a.IO, opts, factsView(), *f)
	}
	if err := a.StartPager(ctx); err != nil {
		return err
	}
	line := func(indent, text string) {
		lines := []string{text}
		if width := a.IO.Width() - len(indent); a.IO.OutTTY() && width > 0 {
			lines = render.Wrap(text, width)
		}
		for _, l := range lines {
			fmt.Fprintln(a.IO.Out, indent+l)
		}
	}
	line("", render.Safe(roaming.Ref{User: f.User, Conversation: f.Conversation, Type: f.Type}.String()))
	line("", "")
	if err := table(a, opts, viewsView(), f.Views); err != nil {
		return err
	}
	for i, v := range f.Views {
		if v.Only == 0 {
			continue
		}
		named := v.OnlyMessages[:min(len(v.OnlyMessages), maxNamed)]
		such := ""
		if v.Only > len(named) {
			such = fmt.Sprintf("; the newest %d", len(named))
		}
		line("", "")
		line("", render.Safe(fmt.Sprintf("%s has and %s lacks %s%s:", v.User, f.Views[1-i].User, render.Count(v.Only, "message"), such)))
		if err := table(a, opts, render.View[explain.Single]{Columns: singleColumns()}, named); err != nil {
			return err
		}
	}
	line("", "")
	line("", "Likely reasons:")
	for _, r := range f.Reasons {
		line("  ", fmt.Sprintf("%-8s  %s", r.Certainty, render.Safe(r.Reason)))
		if r.More != "" {
			line("            ", render.Safe(r.More))
		}
	}
	return a.IO.WriteError()
}

// maxNamed is how many messages that a view lacks are shown to people.
const maxNamed = 5

func table[T any](a *app.App, o render.Options, v render.View[T], items []T) error {
	list, err := render.NewList(a.IO, o, v)
	if err != nil {
		return err
	}
	return list.Finish(items...)
}

func singleColumns() []render.Column[explain.Single] {
	return []render.Column[explain.Single]{
		render.Text("id", func(s explain.Single) string { return s.ID.String() }),
		{Name: "timestamp", Header: "Time", Default: true, Cell: func(s explain.Single, e render.Env) string { return e.Time(s.Timestamp.Time) }},
		render.Text("from", func(s explain.Single) string { return s.From }),
	}
}

func viewsView() render.View[explain.View] {
	unless := func(unknown func(explain.View) bool, count func(explain.View) int) func(explain.View) string {
		return func(v explain.View) string {
			if unknown(v) {
				return "unknown"
			}
			return strconv.Itoa(count(v))
		}
	}
	unread := func(v explain.View) bool { return v.Error != "" }
	noList := func(v explain.View) bool { return v.List == explain.ListUnknown }
	v := render.View[explain.View]{Columns: render.Fields[explain.View]("user", "list", "unread,drop=1", "messages", "oldest", "newest", "only,drop=2")}
	return v.WithCell("messages", unless(unread, func(v explain.View) int { return v.Messages })).
		WithCell("unread", unless(noList, func(v explain.View) int { return v.Unread })).
		WithCell("only", unless(unread, func(v explain.View) int { return v.Only }))
}
