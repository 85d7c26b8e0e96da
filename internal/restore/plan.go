package restore

import (
	"context"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// open verifies the backup, all of it, and opens it.
func (r *Restorer) open(ctx context.Context, s Source) (*backup.Backup, error) {
	manifest, err := backup.Verify(ctx, s.Path)
	if err != nil {
		return nil, err
	}
	if s.Digest != "" && manifest.Digest != s.Digest {
		return nil, fault.New(fault.Safety, "the backup %s is not the one that run %s made: its digest is another", s.Path, s.RunID)
	}
	if manifest.AppKey != r.AppKey {
		return nil, fault.New(fault.Safety, "the backup is of App Key %s, and this is %s", manifest.AppKey, r.AppKey).
			WithHint("choose the profile that it was made with: --profile")
	}
	return backup.Open(s.Path)
}

// plan settles the fate of every message and changes nothing.
func (r *Restorer) plan(ctx context.Context, b *backup.Backup, s Settings, known past, keep func(roaming.Message) (place, error), held *locks) ([]*thread, error) {
	threads, err := r.threads(ctx, b, s.Conversation, keep)
	if err != nil {
		return nil, err
	}
	if s.Conversation != "" && len(threads) == 0 {
		return nil, fault.New(fault.NotFound, "the backup has no message of conversation %q", s.Conversation).
			WithHint("roamctl backup show %q lists its conversations", s.Path)
	}
	for _, t := range threads {
		t.remember(known)
		if err := r.lookAtUser(ctx, t, known); err != nil {
			return nil, err
		}
		if t.wanted() == 0 {
			continue
		}
		if err := r.lookAtOthers(ctx, t, s.AllowDuplicates, held); err != nil {
			return nil, err
		}
		t.keepOrder()
	}
	return threads, nil
}

// keepOrder takes out what the service would refuse: within a conversation the
// times of imports must rise (contract, section 8).
func (t *thread) keepOrder() {
	var last roaming.Time
	for _, it := range t.items {
		if it.newID != 0 && it.timestamp.After(last.Time) {
			last = it.timestamp
		}
	}
	for i := range t.items {
		it := &t.items[i]
		if it.fate != ToRestore {
			continue
		}
		if why := it.outOfOrder(last); why != "" {
			it.fate, it.reason = OutOfOrder, why+", and the service wants times that rise"
			continue
		}
		last = it.timestamp
	}
}

// outOfOrder is why the service would refuse an item after an import of that
// time, "" when it would not.
func (it *item) outOfOrder(last roaming.Time) string {
	if it.newID != 0 {
		return "it was restored before and is gone again"
	}
	if it.timestamp.Equal(last.Time) {
		return "another message of the same millisecond was imported"
	}
	if it.timestamp.Before(last.Time) {
		return "a later message was imported"
	}
	return ""
}
