package deletion

import (
	"context"
	"iter"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Outcome is how the deletion of one owner's conversation ended.
type Outcome struct {
	Ref    roaming.Ref
	Status Status
	Err    error
}

// Conversations deletes each of refs, in order, with or without its messages,
// and yields every outcome. One failure does not stop the others, except where
// none of them can succeed.
func Conversations(ctx context.Context, svc roaming.Service, refs []roaming.Ref, withMessages bool) iter.Seq[Outcome] {
	return func(yield func(Outcome) bool) {
		var stop error
		for _, ref := range refs {
			o := Outcome{Ref: ref, Status: NotSent, Err: stop}
			if stop == nil {
				o.Status, o.Err = Accepted, svc.DeleteConversation(ctx, ref, withMessages)
				if o.Err != nil {
					o.Status = Failed
				}
				stop = hopeless(ctx, o.Err)
			}
			if !yield(o) {
				return
			}
		}
	}
}

// Everyone names the conversation of ref from each participant's side, the
// owner's first: both sides of a chat, or every member of a group. Deleting
// all of them is the outcome that the service's older guide describes
// (contract, section 5).
func Everyone(ctx context.Context, svc roaming.Service, ref roaming.Ref) ([]roaming.Ref, error) {
	switch ref.Type {
	case roaming.Chat:
		other := roaming.Ref{Owner: ref.Conversation, Conversation: ref.Owner, Type: roaming.Chat}
		if other.Owner == ref.Owner {
			return []roaming.Ref{ref}, nil
		}
		return []roaming.Ref{ref, other}, nil
	case roaming.Group:
		refs := []roaming.Ref{ref}
		for member, err := range roaming.Items(svc.GroupMembers(ctx, ref.Conversation)) {
			if err != nil {
				return nil, err
			}
			side := roaming.Ref{Owner: member, Conversation: ref.Conversation, Type: roaming.Group}
			if !slices.Contains(refs, side) {
				refs = append(refs, side)
			}
		}
		return refs, nil
	default:
		return nil, fault.New(fault.Usage, "a conversation of type %q can't be deleted for everyone", ref.Type)
	}
}
