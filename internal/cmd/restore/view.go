package restore

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/restore"
)

// shownReasons bounds the messages that explain names.
const shownReasons = 20

// view says how the conversations of a report are shown.
func view() render.View[restore.Conversation] {
	return render.View[restore.Conversation]{Columns: render.Fields[restore.Conversation]("conversation,flex", "type,drop=3", "messages", "to_restore",
		"restored", "restored_before,drop=1", "user_has,drop=2", "peer_has", "cannot_go_back", "duplicates,hidden")}
}

// inRows reports whether a format shows the conversations. The others show the
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

// show prints a report and, in formats for people, explains it.
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
	if err := list.Finish(r.Conversations...); err != nil {
		return err
	}
	explain(a, r)
	return nil
}

func explain(a *app.App, r restore.Report) {
	for i, lost := range r.CannotGoBack {
		if i == shownReasons {
			a.Warn("%d more messages can't be restored; -o json lists them all", len(r.CannotGoBack)-i)
			break
		}
		a.Warn("cannot restore message %s of %s: %s", cmp.Or(lost.ID.String(), "without an ID"), lost.Conversation, lost.Reason)
	}
	c := r.Total
	if c.PeerHas > 0 {
		a.Warn("skipped %s that others in the conversation still have, because a deletion is one-way. "+
			"The service's import stores for everybody, so they would get them twice. --allow-duplicates restores them anyway", render.Count(c.PeerHas, "message"))
	}
	if c.Duplicates > 0 {
		a.Warn("--allow-duplicates: others in the conversation get %s twice", render.Count(c.Duplicates, "message"))
	}
	for _, part := range slices.Sorted(maps.Keys(r.Doubtful)) {
		a.Warn("%s: the service may drop %s, for which its import has no documented field", render.Count(r.Doubtful[part], "message"), part)
	}
	switch {
	case r.Preview && c.ToRestore > 0:
		a.Note("preview: nothing was sent. --yes restores %s, with new IDs", render.Count(c.ToRestore, "message"))
	case r.Preview:
		a.Note("preview: nothing to restore")
	case c.Restored > 0:
		a.Note("restored %s of %s; the new IDs are in %s", render.Count(c.Restored, "message"), r.User, r.Map)
	case c.RestoredBefore+c.UserHas == c.Messages:
		a.Note("nothing to restore: the user has all messages")
	}
}

// completeRuns completes run IDs, the latest first.
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
