package deletion

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Everyone returns the conversation of ref from each participant's side, the user's
// first: both sides of a chat, or every member of a group. Deleting all of them is
// what the service's older guide describes (docs/contract.md, section 5).
func Everyone(ctx context.Context, svc roaming.Service, ref roaming.Ref) ([]roaming.Ref, error) {
	switch ref.Type {
	case roaming.Chat:
		other := roaming.Ref{User: ref.Conversation, Conversation: ref.User, Type: roaming.Chat}
		if other.User == ref.User {
			return []roaming.Ref{ref}, nil
		}
		return []roaming.Ref{ref, other}, nil
	case roaming.Group:
		refs := []roaming.Ref{ref}
		for member, err := range roaming.Items(svc.GroupMembers(ctx, ref.Conversation)) {
			if err != nil {
				return nil, err
			}
			side := roaming.Ref{User: member, Conversation: ref.Conversation, Type: roaming.Group}
			if !slices.Contains(refs, side) {
				refs = append(refs, side)
			}
		}
		return refs, nil
	default:
		return nil, fault.New(fault.Usage, "--everyone does not work for type %q", ref.Type).
			WithHint("only chats and groups can be deleted for everyone")
	}
}
