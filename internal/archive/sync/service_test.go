package sync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Ways in which a service answers a cursor that it no longer has.
const (
	knows      = iota // it still does
	nothing           // no messages
	everything        // from the oldest on
	refuses           // an error
)

// service is a fake of the service for one user, alice. Histories are oldest first.
type service struct {
	roaming.Service
	histories map[string][]roaming.Message // by peer
	list      []string                     // the peers on the list
	listErr   error
	refused   map[string]error
	lost      int
	bad       map[roaming.MessageID]int // how often a message can't be read
	size      int                       // of a page
	calls     []string
	stop      func(calls int) // called before each call
}

func (s *service) Conversations(context.Context, string, roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		var page roaming.Page[roaming.Conversation]
		for _, peer := range s.list {
			c := roaming.Conversation{ID: peer, Type: roaming.Chat}
			if h := s.histories[peer]; len(h) > 0 {
				c.LastMessage = &h[len(h)-1]
			}
			page.Items = append(page.Items, c)
		}
		yield(page, s.listErr)
	}
}

func (s *service) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		peer := ref.Conversation
		all, err := s.answer(peer, q)
		for {
			s.calls = append(s.calls, fmt.Sprintf("%s %s %s", peer, q.Direction, q.Start))
			if s.stop != nil {
				s.stop(len(s.calls))
			}
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(roaming.Page[roaming.Message]{}, err)
				return
			}
			n := min(len(all), max(1, s.size))
			page := roaming.Page[roaming.Message]{}
			for _, m := range all[:n] {
				if s.bad[m.ID] > 0 {
					s.bad[m.ID]--
					page.Bad = append(page.Bad, &roaming.ItemError{Page: 1, Position: 1, Raw: "raw of " + m.ID.String(), Err: errors.New("garbage")})
					continue
				}
				page.Items = append(page.Items, m)
			}
			if all = all[n:]; len(all) > 0 {
				page.Next = roaming.Cursor(all[0].ID.String() + "-") // the fake's cursor is what comes next
			}
			q.Start = page.Next
			if !yield(page, nil) || page.Next == "" {
				return
			}
		}
	}
}

// answer returns the messages that follow a query's start.
func (s *service) answer(peer string, q roaming.HistoryQuery) ([]roaming.Message, error) {
	if err := s.refused[peer]; err != nil {
		return nil, err
	}
	var all []roaming.Message
	for _, m := range s.histories[peer] {
		if q.Since.IsZero() || !m.Timestamp.Before(q.Since) {
			all = append(all, m)
		}
	}
	if q.Direction == roaming.Up {
		slices.Reverse(all)
	}
	start, next := strings.CutSuffix(string(q.Start), "-")
	at := slices.IndexFunc(all, func(m roaming.Message) bool { return m.ID.String() == start })
	switch {
	case q.Start == "" || at < 0 && s.lost == everything:
		return all, nil
	case at < 0 && s.lost == refuses:
		return nil, fault.New(fault.Refused, "no such cursor").WithScope(fault.OneConversation)
	case at < 0:
		return nil, nil
	case next:
		return all[at:], nil
	}
	return all[at+1:], nil
}

// say adds a message to alice's chat with a peer.
func (s *service) say(peer string, id int, at time.Time) {
	text := fmt.Sprintf("%s %d", peer, id)
	s.histories[peer] = append(s.histories[peer], roaming.Message{
		ID: roaming.MessageID(id), Timestamp: roaming.Millis(at.UnixMilli()), ChatType: roaming.Chat, Conversation: peer, From: peer, To: "alice",
		Kind: roaming.Text, Text: text, Body: map[string]any{"msg": text}, Ext: map[string]any{}, Raw: fmt.Appendf(nil, "raw %d", id),
	})
}

// forget deletes a message from alice's history.
func (s *service) forget(peer string, id int) {
	s.histories[peer] = slices.DeleteFunc(s.histories[peer], func(m roaming.Message) bool { return m.ID == roaming.MessageID(id) })
}

func newService(now time.Time) *service {
	s := &service{histories: map[string][]roaming.Message{}, list: []string{"bob", "carol"}, size: 2}
	for n := range 5 {
		s.say("bob", 100+n, now.Add(time.Duration(n-100)*time.Minute))
	}
	s.say("carol", 200, now.Add(-time.Hour))
	return s
}

// sync syncs alice, and returns the calls for histories.
func (s *service) sync(t *testing.T, store archive.Store, now time.Time, change ...func(*Users)) (calls []string, err error) {
	t.Helper()
	x := &Users{Store: store, Service: s, Run: archive.Run{ID: "run " + now.Format(time.RFC3339), Started: roaming.Millis(now.UnixMilli())}, Now: now}
	for _, f := range change {
		f(x)
	}
	s.calls = nil
	_, _, err = x.Do(t.Context(), "alice")
	return s.calls, err
}

func recheckAll(x *Users) { x.Recheck = true }

// sightings are alice's, by the messages' IDs.
func sightings(t *testing.T, store archive.Store) (all []string) {
	t.Helper()
	for s, err := range store.Sightings(t.Context(), archive.SightingQuery{User: "alice", Span: archive.Everything()}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s %s", s.Message, s.State))
	}
	slices.Sort(all)
	return all
}

func seen(ids ...int) (all []string) {
	for _, id := range ids {
		all = append(all, fmt.Sprintf("%d seen", id))
	}
	return all
}
