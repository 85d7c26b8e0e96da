package archive

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// damage is something that is not as it was written.
type damage struct {
	ID   string `json:"id"` // of the message; "" when it is not one message's
	What string `json:"what"`
}

func newVerify(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check an archive for damage",
		Long: `Read an archive completely and compare every message with its digest, the search
index with the messages, the counts with what is there, and attachments with their
digests. verify lists what is damaged, by message: exit 10.

An archive that is being written to can be verified. Damage that only concerns the
index is repaired by roamctl archive reindex.`,
		Example: `  roamctl archive verify
  roamctl archive verify --archive ./app.db -o ndjson`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runVerify(cmd.Context(), a) },
	}
	flags.Archive(cmd)
	flags.Columns(cmd, damageView())
	return cmd
}

func runVerify(ctx context.Context, a *app.App) error {
	places := 0
	var store archive.Store
	listing := app.Listing[damage]{View: damageView()}
	err := listing.Run(ctx, a, func() (iter.Seq2[roaming.Page[damage], error], error) {
		var err error
		if store, err = a.Archive(ctx, app.ReadArchive); err != nil {
			return nil, err
		}
		place, err := a.ArchivePlace()
		if err != nil {
			return nil, err
		}
		folder, err := a.ArchiveFiles(place)
		if err != nil {
			return nil, err
		}
		return paged(damages(&places, store.Verify(ctx), folder.Verify(ctx, store))), nil
	})
	if err != nil {
		return err
	}
	place, err := a.ArchivePlace()
	if err != nil {
		return err
	}
	if places > 0 {
		return fault.New(fault.Safety, "the archive %s is damaged in %s", place, render.Count(places, "place")).
			WithHint("restore it from a copy, or import and sync again into a new one; damage to the index alone: roamctl archive reindex")
	}
	stats, err := store.Stats(ctx)
	if err != nil {
		return err
	}
	a.Note("%s: no damage in %s", place, render.Count(int(stats.Messages), "message"))
	return nil
}

// damages are the rows of what verifications found, which it counts.
func damages(places *int, all ...iter.Seq2[archive.Damage, error]) iter.Seq2[damage, error] {
	return func(yield func(damage, error) bool) {
		for _, found := range all {
			for d, err := range found {
				if err == nil {
					*places++
				}
				if !yield(damage{d.Message.String(), d.What}, err) {
					return
				}
			}
		}
	}
}

func damageView() render.View[damage] {
	return render.View[damage]{Columns: render.Fields[damage]("id", "what,flex")}
}

func newReindex(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reindex",
		Short: "Build the search index of an archive again",
		Long: `Build the search index of an archive again, from its messages. That is needed after
an update of roamctl that changes how text is indexed, which roamctl archive status
says, and after damage to the index. Until then searches read every message.`,
		Example: `  roamctl archive init --sandbox
  roamctl archive reindex --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := a.Archive(cmd.Context(), app.WriteArchive)
			if err != nil {
				return err
			}
			if err := store.Reindex(cmd.Context()); err != nil {
				return err
			}
			a.Note("the search index is built")
			return nil
		},
	}
	flags.Archive(cmd)
	return cmd
}
