package deletion

import (
	"context"
	"errors"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// backUpPeers writes a backup of each other side's view of what a recall takes: that
// of a chat's peer, or of one other member of a group. It returns what they see, also
// without backups. The attachments are in the backup of the user's own view.
func (e *Engine) backUpPeers(ctx context.Context, s Settings, runID string, frozen []Frozen) ([]BackupRef, map[roaming.Ref][]roaming.MessageID, error) {
	views := map[roaming.Ref][]roaming.MessageID{}
	others := map[string][]side{}
	var users []string
	for _, f := range frozen {
		if len(f.Visible) == 0 {
			continue
		}
		other, err := e.verifier(s).otherSide(ctx, f.Ref)
		if isNobody(err) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if others[other.User] == nil {
			users = append(users, other.User)
		}
		others[other.User] = append(others[other.User], side{f, other})
		views[other] = []roaming.MessageID{}
	}
	var refs []BackupRef
	for _, user := range users { // one after the other: a backup in progress takes memory
		ref, err := e.backUpPeer(ctx, s, runID, user, others[user], views)
		if err != nil {
			return nil, nil, err
		}
		if ref != nil {
			e.progress(Progress{Backup: ref})
			refs = append(refs, *ref)
		}
	}
	return refs, views, nil
}

// backUpPeer backs up what one other user sees; nil if that is nothing.
func (e *Engine) backUpPeer(ctx context.Context, s Settings, runID, user string, sides []side, views map[roaming.Ref][]roaming.MessageID) (*BackupRef, error) {
	var out Sink = discard{}
	var w *backup.Writer
	if !s.NoBackup {
		o := e.Backup
		o.Scope, o.Nothing = scope(s, runID), s.Job.nothing()
		o.Scope.User, o.Scope.IDs, o.Fetcher = user, nil, nil
		if o.Scope.Conversation != "" {
			o.Scope.Conversation = sides[0].seenBy.Conversation
		}
		var err error
		if w, err = backup.Create(ctx, s.BackupDir, runID+"-"+user, o); err != nil {
			return nil, err
		}
		out = w
	}
	for _, side := range sides {
		ids, err := e.readSide(ctx, side, out)
		if err != nil {
			err = fault.Wrap(fault.Safety, err, "cannot back up %s; %s", side.seenBy, s.Job.nothing())
			if w != nil {
				err = errors.Join(err, w.Abort())
			}
			return nil, err
		}
		views[side.seenBy] = ids
	}
	if w == nil {
		return nil, nil //nolint:nilnil // there is no backup
	}
	if w.Messages() == 0 {
		return nil, w.Abort()
	}
	manifest, err := w.Commit(ctx)
	if err != nil {
		return nil, err
	}
	return &BackupRef{User: user, Path: w.Path(), Digest: manifest.Digest, Messages: manifest.Messages}, nil
}

// readSide passes the messages of a side that its user sees to out, and returns their
// IDs.
func (e *Engine) readSide(ctx context.Context, s side, out Sink) ([]roaming.MessageID, error) {
	ids := []roaming.MessageID{}
	wanted := idSet(s.Visible)
	query := s.span()
	query.KeepRaw = true
	for m, err := range roaming.Items(e.Service.History(ctx, s.seenBy, query)) {
		switch {
		case roaming.IsItemError(err) && s.named():
			continue // as in the user's own view
		case err != nil:
			return nil, err
		case !wanted[m.ID]:
			continue
		}
		if err := out.AddMessage(m); err != nil {
			return nil, err
		}
		ids = append(ids, m.ID)
	}
	return ids, nil
}
