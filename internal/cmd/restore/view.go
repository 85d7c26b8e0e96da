package restore

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/restore"
)

// shownReasons is how many messages that can't go back are named to people.
const shownReasons = 20

// view is how the conversations of a report are shown.
func view() render.View[restore.Conversation] {
	type column = render.Column[restore.Conversation]
	count := func(name string, n func(restore.Counts) int) column {
		return column{Name: name, Default: true, Right: true, Cell: func(c restore.Conversation, _ render.Env) string { return strconv.Itoa(n(c.Counts)) }}
	}
	extra := count("duplicates", func(c restore.Counts) int { return c.Duplicates })
	extra.Default = false
	return render.View[restore.Conversation]{Columns: []column{
		{Name: "conversation", Default: true, Flex: true, Cell: func(c restore.Conversation, _ render.Env) string { return c.Conversation }},
		{Name: "type", Default: true, Spare: 3, Cell: func(c restore.Conversation, _ render.Env) string { return string(c.Type) }},
		count("messages", func(c restore.Counts) int { return c.Messages }),
		count("to_restore", func(c restore.Counts) int { return c.ToRestore }),
		count("restored", func(c restore.Counts) int { return c.Restored }),
		count("restored_before", func(c restore.Counts) int { return c.RestoredBefore }).WithSpare(1),
		count("user_has", func(c restore.Counts) int { return c.UserHas }).WithSpare(2),
		count("peer_has", func(c restore.Counts) int { return c.PeerHas }),
		count("cannot_go_back", func(c restore.Counts) int { return c.CannotGoBack }),
		extra,
	}}
}

// inRows tells of the formats that show the conversations; the others have the
// whole report.
func inRows(o render.Options) bool {
	return o.JQ == "" && o.Template == "" && (o.Format == render.Table || o.Format == render.CSV)
}

func checkOutput(a *app.App) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if inRows(opts) {
		return render.Check(a.IO, opts, view())
	}
	return render.Check(a.IO, opts, render.View[restore.Report]{})
}

// show prints a report, and for people what it means.
func show(a *app.App, r restore.Report) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if !inRows(opts) {
		return render.One(a.IO, opts, render.View[restore.Report]{}, r)
	}
	list, err := render.NewList(a.IO, opts, view())
	if err != nil {
		return err
	}
	if err := list.Write(r.Conversations...); err != nil {
		return err
	}
	if err := list.Close(""); err != nil {
		return err
	}
	explain(a, r)
	return nil
}

func explain(a *app.App, r restore.Report) {
	for i, lost := range r.CannotGoBack {
		if i == shownReasons {
			a.Warn("%d more can't go back: -o json lists them all", len(r.CannotGoBack)-i)
			break
		}
		a.Warn("message %s of %s can't go back: %s", cmp.Or(lost.ID.String(), "without an ID"), lost.Conversation, lost.Reason)
	}
	c := r.Total
	if c.PeerHas > 0 {
		a.Warn("%s skipped: others in the conversation still have them, because a deletion is one-way. "+
			"The service's import stores for everybody, so they would see them twice. --allow-duplicates restores them all the same", render.CountOf(c.PeerHas, "message is", "messages are"))
	}
	if c.Duplicates > 0 {
		a.Warn("--allow-duplicates: others in the conversation see %s twice", render.Count(c.Duplicates, "message"))
	}
	for _, part := range slices.Sorted(maps.Keys(r.Doubtful)) {
		a.Warn("%s: the service may drop %s, which its import is not known to have", render.Count(r.Doubtful[part], "message"), part)
	}
	switch {
	case r.Preview && c.ToRestore > 0:
		a.Note("preview: nothing was sent. --yes restores %s, with new IDs", render.Count(c.ToRestore, "message"))
	case r.Preview:
		a.Note("preview: there is nothing to restore")
	case c.Restored > 0:
		a.Note("restored %s of %s; the new IDs are in %s", render.Count(c.Restored, "message"), r.User, r.Map)
	case c.RestoredBefore+c.UserHas == c.Messages:
		a.Note("there is nothing to do: all messages are there")
	}
}

// completeRuns offers the runs, the latest first.
func completeRuns(a *app.App) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		store, err := a.Runs()
		if err != nil || len(args) > 0 || strings.ContainsAny(prefix, `./\`) {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var found []cobra.Completion
		for info, err := range store.List(cmd.Context()) {
			if err == nil {
				found = flags.Offer(found, info.ID, info.Command+" "+info.User+", "+string(info.State))
			}
		}
		return found, cobra.ShellCompDirectiveKeepOrder
	}
}
