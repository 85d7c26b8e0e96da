package deletion

import (
	"context"

	"github.com/roamctl/roamctl/internal/roaming"
)

// side is what was frozen of a conversation, and who may see it.
type side struct {
	Frozen

	seenBy roaming.Ref // in whose view it is looked for
}

// sides returns the sides to look at: the user's own, and those that peers has.
func (v Verifier) sides(frozen []Frozen, peers map[roaming.Ref][]roaming.MessageID) []side {
	sides := make([]side, 0, 2*len(frozen))
	for _, f := range frozen {
		sides = append(sides, side{f, f.Ref})
		for other := range peers {
			if f.isSeenBy(other) {
				sides = append(sides, side{f, other})
			}
		}
	}
	return sides
}

// isSeenBy reports whether other is another user's side of the same conversation.
func (f Frozen) isSeenBy(other roaming.Ref) bool {
	if f.Type == roaming.Chat {
		return other == roaming.Ref{User: f.Conversation, Conversation: f.User, Type: roaming.Chat}
	}
	return other.Type == f.Type && other.Conversation == f.Conversation && other.User != f.User
}

// Everyone looks for what was recalled in the user's view and, unless peers is nil, in
// those of the others that it has.
func (v Verifier) Everyone(ctx context.Context, frozen []Frozen, peers map[roaming.Ref][]roaming.MessageID) Verification {
	result := v.look(ctx, count(frozen), v.sides(frozen, peers))
	result.Recall = true
	if peers == nil {
		result.Peer = ""
	} else if len(peers) == 0 {
		result.Peer = PeerNobody
	}
	return result
}

// worse is the state after one more view of a recall was looked at.
func (p PeerState) worse(seen bool, err error) PeerState {
	switch {
	case err != nil:
		return PeerUnknown
	case p == PeerUnknown:
		return p
	case seen || p == PeerSees:
		return PeerSees
	}
	return PeerGone
}
