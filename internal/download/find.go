package download

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// Kinds returns the kinds of messages that have an attachment.
func Kinds() []roaming.Kind {
	return []roaming.Kind{roaming.Image, roaming.Audio, roaming.Video, roaming.File, roaming.Combine}
}

// Found are the attachments of a selection, in the order of requests.
type Found struct {
	Items      []Item
	Unreadable int     // items of the history that may have had one
	Refused    []error // conversations that the service refused
}

// Find reads the messages of a selection. It holds all attachments in memory.
func Find(ctx context.Context, src source.Source, s source.Selection, now time.Time) (Found, error) {
	var found Found
	refs, unreadable, err := s.Refs(ctx, src)
	if err != nil {
		return Found{}, err
	}
	found.Unreadable = unreadable
	seen := map[key]bool{}
	for _, ref := range refs {
		err := found.conversation(ctx, src, ref, s.Query, seen)
		if err != nil && len(refs) > 1 && fault.AffectsOneConversation(err) && ctx.Err() == nil {
			found.Refused = append(found.Refused, err)
			continue
		}
		if err != nil {
			return Found{}, err
		}
	}
	byUrgency(found.Items, now)
	return found, nil
}

func (f *Found) conversation(ctx context.Context, src source.Source, ref roaming.Ref, q source.Query, seen map[key]bool) error {
	for m, err := range src.Messages(ctx, ref, q) {
		if roaming.IsItemError(err) {
			f.Unreadable++
			continue
		}
		if err != nil {
			return err
		}
		m.Conversation, m.ChatType = ref.Conversation, ref.Type
		if i, ok := newItem(m); ok && !seen[i.key()] {
			seen[i.key()] = true
			f.Items = append(f.Items, i)
		}
	}
	return nil
}
