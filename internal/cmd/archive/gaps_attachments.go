package archive

import (
	"context"
	"iter"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// missingFile is an attachment that the archive does not have. Its URL may be
// signed, and is not shown.
type missingFile struct {
	ID       string                  `json:"id"` // of the message
	State    archive.AttachmentState `json:"state"`
	Deadline roaming.Time            `json:"deadline"` // the service may delete it after that
	Reason   string                  `json:"reason"`   // of the last try; "" for none
}

func missingFilesView() render.View[missingFile] {
	return render.View[missingFile]{Columns: render.Fields[missingFile]("id", "state", "deadline", "reason,flex")}
}

// listMissingFiles lists the attachments that an archive does not have.
func listMissingFiles(ctx context.Context, a *app.App) error {
	listing := app.Listing[missingFile]{View: missingFilesView(), Empty: "all attachments that are known are in the archive"}
	return listing.Run(ctx, a, func() (iter.Seq2[roaming.Page[missingFile], error], error) {
		store, err := a.Archive(ctx, app.ReadArchive)
		if err != nil {
			return nil, err
		}
		return paged(func(yield func(missingFile, error) bool) {
			for f, err := range store.Attachments(ctx, archive.MissingStates()...) {
				row := missingFile{f.Message.String(), f.State, f.Deadline, f.Reason}
				if !yield(row, err) || err != nil {
					return
				}
			}
		}), nil
	})
}
