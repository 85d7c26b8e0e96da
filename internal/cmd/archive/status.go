package archive

import (
	"context"
	"fmt"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/multiuser"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// status is what an archive holds.
type status struct {
	Archive       string           `json:"archive"`
	Messages      int64            `json:"messages"`
	Conversations int64            `json:"conversations"`
	First         roaming.Time     `json:"first"` // null without a message that has a time
	Last          roaming.Time     `json:"last"`
	BySource      map[string]int64 `json:"by_source"` // messages that a source has
	OnlyIn        map[string]int64 `json:"only_in"`   // messages that no other source has
	Revisions     int64            `json:"revisions"` // earlier forms of edited messages
	Attachments   map[string]int64 `json:"attachments"`
	Gaps          int              `json:"gaps"`
	Tombstones    int64            `json:"tombstones"` // hashes of erased messages, two for most
	Bytes         int64            `json:"bytes"`
	NeedsReindex  bool             `json:"needs_reindex"`
	ErasePending  bool             `json:"erase_pending"`
}

func newStatus(a *app.App) *cobra.Command {
	o := sightingOptions{}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what an archive holds and what users saw",
		Long: `Show what an archive holds: how many messages, from which sources, how many only
one source has, how many attachments are in which state, and how many gaps there are.
tombstones are the hashes that keep erased messages away: two for most messages, one of
the ID and one for an ID of another form.

With --user, list the messages of the conversations that a sync with --source roaming
read for that user, or that an imported export or backup of the user has, the oldest
first, with what the user saw of each:

  seen     the last sync that read this time saw it; only a sync with --recheck looks
           again. Without a time only an import has it, which does not say when
  gone     a recheck no longer found it, and the service still keeps its time
  expired  a recheck no longer found it, and the service no longer keeps its time
  unseen   the user's history was read and did not have it
  unread   the user's history was not read at its time`,
		Example: `  roamctl archive status
  roamctl archive status -o json --jq .messages
  roamctl archive status --user alice --conversation bob --state gone`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(a); err != nil {
				return err
			}
			if len(o.users) > 0 {
				return o.run(cmd.Context(), a)
			}
			return runStatus(cmd.Context(), a)
		},
	}
	flags.Archive(cmd)
	o.declare(cmd)
	flags.Columns(cmd, sightingsView())
	return cmd
}

func runStatus(ctx context.Context, a *app.App) error {
	opts, err := app.OutputFor(a, statusView())
	if err != nil {
		return err
	}
	place, err := a.ArchivePlace()
	if err != nil {
		return err
	}
	store, err := a.Archive(ctx, app.ReadArchive)
	if err != nil {
		return err
	}
	s, err := readStatus(ctx, store)
	if err != nil {
		return err
	}
	s.Archive = place
	if err := render.One(a.IO, opts, statusView(), s); err != nil {
		return err
	}
	if s.NeedsReindex {
		a.Warn("the search index was built by another version, so searches read every message: run roamctl archive reindex")
	}
	if s.ErasePending {
		a.Warn("bytes of erased messages may still be in the archive's files: run roamctl archive erase again")
	}
	return nil
}

func readStatus(ctx context.Context, store archive.Store) (status, error) {
	stats, err := store.Stats(ctx)
	if err != nil {
		return status{}, err
	}
	s := status{
		Messages: stats.Messages, Conversations: stats.Conversations, First: stats.First, Last: stats.Last,
		BySource: map[string]int64{}, OnlyIn: map[string]int64{}, Revisions: stats.Revisions, Attachments: map[string]int64{},
		Tombstones: stats.Tombstones, Bytes: stats.Bytes, NeedsReindex: stats.NeedsReindex, ErasePending: stats.ErasePending,
	}
	for _, source := range archive.Sources() {
		s.BySource[source.String()], s.OnlyIn[source.String()] = stats.BySource[source], stats.OnlyIn[source]
	}
	for state, n := range stats.Attachments {
		s.Attachments[string(state)] = n
	}
	for _, err := range store.Gaps(ctx, archive.GapQuery{Span: archive.Everything()}) {
		if err != nil {
			return s, err
		}
		s.Gaps++
	}
	return s, nil
}

func statusView() render.View[status] {
	columns := render.Fields[status]()
	for i := range columns {
		columns[i].Right = false
		switch columns[i].Name {
		case "by_source":
			columns[i].Cell = func(s status, _ render.Env) string { return multiuser.CountsText(s.BySource) }
		case "only_in":
			columns[i].Cell = func(s status, _ render.Env) string { return multiuser.CountsText(s.OnlyIn) }
		case "attachments":
			columns[i].Cell = func(s status, _ render.Env) string { return multiuser.CountsText(s.Attachments) }
		case "bytes":
			columns[i].Header, columns[i].Cell = "Size", func(s status, e render.Env) string { return size(s.Bytes, e) }
		}
	}
	return render.View[status]{Columns: columns}
}

func size(n int64, e render.Env) string {
	if e.Terminal {
		return humanize.Bytes(uint64(max(0, n)))
	}
	return fmt.Sprint(n)
}
