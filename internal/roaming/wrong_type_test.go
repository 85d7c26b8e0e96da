package roaming_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// typed is a service with conversations of several types.
type typed struct {
	roaming.Service

	messages []roaming.Ref
	bad      []roaming.Ref // with items that can't be read
	refused  []roaming.Ref
	listed   []roaming.Conversation
	failing  bool // the list can't be read
	calls    int
}

func (s *typed) History(_ context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	s.calls++
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		switch {
		case q.Limit != 1:
			yield(roaming.Page[roaming.Message]{}, errors.New("more than one message was asked for"))
		case slices.Contains(s.refused, ref):
			yield(roaming.Page[roaming.Message]{}, errors.New("refused"))
		case slices.Contains(s.messages, ref):
			yield(roaming.Page[roaming.Message]{Items: []roaming.Message{{}}}, nil)
		case slices.Contains(s.bad, ref):
			yield(roaming.Page[roaming.Message]{Bad: []*roaming.ItemError{{}}}, nil)
		default:
			yield(roaming.Page[roaming.Message]{}, nil)
		}
	}
}

func (s *typed) Conversations(_ context.Context, _ string, q roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	s.calls++
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		if s.failing || !q.IncludeEmpty {
			yield(roaming.Page[roaming.Conversation]{}, errors.New("no list"))
			return
		}
		yield(roaming.Page[roaming.Conversation]{Items: s.listed}, nil)
	}
}

func TestCheckType(t *testing.T) {
	as := func(t roaming.ChatType) roaming.Ref {
		return roaming.Ref{User: "alice", Conversation: "42", Type: t}
	}
	on := func(t roaming.ChatType) []roaming.Conversation {
		return []roaming.Conversation{{ID: "41", Type: roaming.Room}, {ID: "42", Type: t}}
	}
	refs := func(all ...roaming.Ref) []roaming.Ref { return all }
	for name, c := range map[string]struct {
		service typed
		asked   roaming.ChatType
		hint    string // "" for nothing wrong
	}{
		"it has messages":                 {typed{messages: refs(as(roaming.Chat)), listed: on(roaming.Group)}, roaming.Chat, ""},
		"it has unreadable ones":          {typed{bad: refs(as(roaming.Chat)), listed: on(roaming.Group)}, roaming.Chat, ""},
		"it is refused":                   {typed{refused: refs(as(roaming.Chat)), listed: on(roaming.Group)}, roaming.Chat, ""},
		"it is listed, and empty":         {typed{messages: refs(as(roaming.Group)), listed: on(roaming.Chat)}, roaming.Chat, ""},
		"it is listed twice":              {typed{listed: append(on(roaming.Chat), on(roaming.Group)...)}, roaming.Chat, ""},
		"nothing of that ID":              {typed{listed: []roaming.Conversation{{ID: "41", Type: roaming.Group}}}, roaming.Chat, ""},
		"a group as a chat":               {typed{listed: on(roaming.Group)}, roaming.Chat, "use --type group"},
		"a group as a room":               {typed{listed: on(roaming.Group)}, roaming.Room, "use --type group"},
		"a chat as a group":               {typed{listed: on(roaming.Chat)}, roaming.Group, "use --type chat"},
		"a chat as a room":                {typed{listed: on(roaming.Chat)}, roaming.Room, "use --type chat"},
		"a room as a chat":                {typed{messages: refs(as(roaming.Group))}, roaming.Chat, "--type group, or --type room"},
		"a chat off the list, as a group": {typed{messages: refs(as(roaming.Chat))}, roaming.Group, "use --type chat"},
		"unreadable, as another type":     {typed{bad: refs(as(roaming.Chat))}, roaming.Room, "use --type chat"},
		"no list, a room as a chat":       {typed{failing: true, messages: refs(as(roaming.Group))}, roaming.Chat, "--type room"},
		"the other type is refused":       {typed{refused: refs(as(roaming.Group))}, roaming.Chat, ""},
	} {
		err := roaming.CheckType(t.Context(), &c.service, as(c.asked))
		f, ok := errors.AsType[*fault.Error](err)
		switch {
		case c.hint == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.hint != "" && (!ok || f.Kind != fault.NotFound || !strings.Contains(f.Message, c.hint)):
			t.Errorf("%s: %v, want %q", name, err, c.hint)
		}
		if c.service.calls > 3 {
			t.Errorf("%s: %d calls", name, c.service.calls)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	cancel(enough)
	if err := roaming.CheckType(ctx, &typed{refused: refs(as(roaming.Chat))}, as(roaming.Chat)); !errors.Is(err, enough) {
		t.Errorf("given up, it says %v", err)
	}
}
