package users

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

func inspectView() render.View[Report] {
	v := render.View[Report]{Columns: render.Fields[Report]("user", "since", "until", "conversations", "unread", "groups", "messages",
		"without_time", "unreadable", "oldest", "newest", "by_kind", "calls", "complete")}
	return v.WithCell("groups", groupsCell).WithCell("by_kind", kindsCell)
}

func groupsCell(r Report) string {
	if r.Groups == nil {
		return "unknown"
	}
	return strconv.Itoa(*r.Groups)
}

func kindsCell(r Report) string {
	var parts []string
	for _, k := range r.kinds() {
		parts = append(parts, fmt.Sprintf("%s %d", k, r.ByKind[k]))
	}
	return strings.Join(parts, ", ")
}

// kinds returns the kinds that have messages, the most frequent first.
func (r Report) kinds() []roaming.Kind {
	var kinds []roaming.Kind
	for _, k := range append(roaming.Kinds(), roaming.Unknown) {
		if r.ByKind[k] > 0 {
			kinds = append(kinds, k)
		}
	}
	slices.SortStableFunc(kinds, func(a, b roaming.Kind) int { return cmp.Compare(r.ByKind[b], r.ByKind[a]) })
	return kinds
}

// printReport prints the numbers, with charts in a plain table.
func printReport(ctx context.Context, a *app.App, r Report) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if !app.PlainTable(opts) {
		return render.One(a.IO, opts, inspectView(), r)
	}
	if err := a.StartPager(ctx); err != nil {
		return err
	}
	if err := render.One(a.IO, opts, briefView(r), r); err != nil {
		return err
	}
	for _, chart := range []struct {
		title string
		bars  []render.Bar
	}{
		{"Messages by kind", r.kindBars()},
		{"Messages by day", r.dayBars()},
		{"Messages by conversation", r.conversationBars()},
	} {
		if len(chart.bars) == 0 {
			continue
		}
		if _, err := fmt.Fprintln(a.IO.Out); err != nil {
			return err
		}
		if err := render.Bars(a.IO, chart.title, chart.bars); err != nil {
			return err
		}
	}
	return a.IO.WriteError()
}

// briefView omits what the charts show and columns without information.
func briefView(r Report) render.View[Report] {
	omit := map[string]bool{
		"by_kind": true, "since": r.Since.IsZero(), "until": r.Until.IsZero(),
		"without_time": r.WithoutTime == 0, "unreadable": r.Unreadable == 0, "complete": r.Complete,
	}
	v := inspectView()
	v.Columns = slices.DeleteFunc(v.Columns, func(c render.Column[Report]) bool { return omit[c.Name] })
	return v
}

func (r Report) kindBars() (bars []render.Bar) {
	for _, k := range r.kinds() {
		bars = append(bars, render.Bar{Label: string(k), Count: r.ByKind[k]})
	}
	return bars
}

// dayBars has a line for each day from the first to the last. Several days in a
// row without messages share one.
func (r Report) dayBars() (bars []render.Bar) {
	var before time.Time
	for _, d := range r.ByDay {
		day, err := time.Parse(time.DateOnly, d.Day)
		if err != nil {
			continue // we wrote it
		}
		if !before.IsZero() {
			bars = append(bars, gap(before.AddDate(0, 0, 1), day)...)
		}
		bars = append(bars, render.Bar{Label: d.Day, Count: d.Messages})
		before = day
	}
	return bars
}

// gap returns the bars for the days from one on and before another, which have
// no messages.
func gap(from, before time.Time) []render.Bar {
	switch days := int(before.Sub(from).Hours() / 24); days { // both are in UTC
	case 0:
		return nil
	case 1:
		return []render.Bar{{Label: from.Format(time.DateOnly)}}
	default:
		return []render.Bar{{Label: "...", Note: fmt.Sprintf("no messages on %d days", days)}}
	}
}

func (r Report) conversationBars() (bars []render.Bar) {
	for _, c := range r.ByConversation {
		label := c.ID
		if c.Type != roaming.Chat {
			label += " (" + string(c.Type) + ")"
		}
		bars = append(bars, render.Bar{Label: label, Count: c.Messages})
	}
	return bars
}
