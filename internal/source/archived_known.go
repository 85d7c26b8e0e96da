package source

import (
	"context"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/roaming"
)

// known is what an archive knows of the messages of a conversation beside their
// content. It has no entry for what the user sees.
type known struct {
	own     map[archive.Key]View // what the user does not see
	peer    map[archive.Key]View // the other side's view of what is Gone
	recalls map[archive.Key]*Recall
}

// knownFor is known for a query. One that continues an earlier read has what was known
// then.
func (a *archived) knownFor(ctx context.Context, ref roaming.Ref, q Query) (known, error) {
	if span := q.span(); span != archive.Everything() {
		return a.known(ctx, ref, span)
	}
	if q.After != "" && a.knownOf == ref {
		return a.last, nil
	}
	k, err := a.known(ctx, ref, archive.Everything())
	if err == nil {
		a.knownOf, a.last = ref, k
	}
	return k, err
}

// known reads what is known of the messages of a span.
func (a *archived) known(ctx context.Context, ref roaming.Ref, span archive.Span) (known, error) {
	k := known{own: map[archive.Key]View{}, peer: map[archive.Key]View{}, recalls: map[archive.Key]*Recall{}}
	conversation := archive.ConversationOf(ref)
	gone := false
	hidden := archive.SightingQuery{
		User: ref.User, Conversation: &conversation, Span: span, States: []archive.SightingState{archive.Gone, archive.Expired, archive.Unseen},
	}
	for s, err := range a.store.Sightings(ctx, hidden) {
		if err != nil {
			return known{}, err
		}
		k.own[s.Message] = View{s.State, s.Ended.Started}
		gone = gone || s.State == archive.Gone
	}
	if peer := conversation.For(ref.User); gone && conversation.Type == roaming.Chat && !strings.EqualFold(peer, ref.User) {
		if err := a.peerViews(ctx, conversation, peer, k); err != nil {
			return known{}, err
		}
	}
	notices := archive.Search{Span: archive.Everything(), Query: query.Query{Expr: query.And{conversation.Query(), query.Kind{Kind: roaming.Unknown}}}}
	for notice, err := range a.store.Search(ctx, notices) {
		if err != nil {
			return known{}, err
		}
		if id, recall := RecallOf(messageOf(ref.User, &notice).Message); recall != nil {
			k.recalls[archive.IDKey(id.String())] = recall
		}
	}
	return k, nil
}

// peerViews adds the peer's view of the messages that are gone for the user.
func (a *archived) peerViews(ctx context.Context, c archive.Conversation, peer string, k known) error {
	all := archive.SightingQuery{
		User: peer, Conversation: &c, Span: archive.Everything(), States: []archive.SightingState{archive.Seen, archive.Gone},
	}
	for s, err := range a.store.Sightings(ctx, all) {
		if err != nil {
			return err
		}
		if k.own[s.Message].State != archive.Gone {
			continue
		}
		v := View{s.State, s.Last.Started}
		if s.State == archive.Gone {
			v.At = s.Ended.Started
		}
		k.peer[s.Message] = v
	}
	return nil
}

// tell adds what is known of a message that has the keys.
func (k known) tell(m *Message, keys []archive.Key) {
	for _, key := range keys {
		if v, ok := k.own[key]; ok {
			m.State, m.Since, m.Peer = v.State, v.At, k.peer[key]
		}
		if r := k.recalls[key]; r != nil {
			m.Recall = r
		}
	}
}
