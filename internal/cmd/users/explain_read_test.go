package users

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/explain"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// fake is a service and a directory with these answers. An absent answer is an empty
// page.
type fake struct {
	roaming.Service
	roaming.Directory

	lists     map[string]roaming.Page[roaming.Conversation] // by user
	groups    []string                                      // of every user
	members   map[string][]string                           // by group; nil for one that does not exist
	histories map[string][]roaming.Page[roaming.Message]    // by user, newest first
	failures  map[string]error                              // by user or group
	reads     []string                                      // of which users' histories pages were read
}

func (f *fake) Conversations(_ context.Context, user string, _ roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		yield(f.lists[user], f.failures[user])
	}
}

func (f *fake) UserGroups(context.Context, string) iter.Seq2[roaming.Page[roaming.UserGroup], error] {
	return func(yield func(roaming.Page[roaming.UserGroup], error) bool) {
		var page roaming.Page[roaming.UserGroup]
		for _, id := range f.groups {
			page.Items = append(page.Items, roaming.UserGroup{ID: id})
		}
		yield(page, f.failures["groups"])
	}
}

func (f *fake) GroupMembers(_ context.Context, group string) iter.Seq2[roaming.Page[string], error] {
	return func(yield func(roaming.Page[string], error) bool) {
		err := f.failures[group]
		if f.members[group] == nil && err == nil {
			err = fault.New(fault.NotFound, "no group %s", group)
		}
		yield(roaming.Page[string]{Items: f.members[group]}, err)
	}
}

func (f *fake) History(_ context.Context, ref roaming.Ref, _ roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		for _, page := range f.histories[ref.User] {
			f.reads = append(f.reads, ref.User)
			if !yield(page, nil) {
				return
			}
		}
		if err := f.failures[ref.User]; err != nil {
			yield(roaming.Page[roaming.Message]{}, err)
		}
	}
}

// withService gives a gatherer the service.
func withService(t *testing.T, f *fake, o explainOptions) (g *gatherer, errOut func() string) {
	t.Helper()
	g, errOut = newGatherer(t, "")
	o.user.ID = "alice"
	g.svc, g.directory, g.options = f, f, &o
	return g, errOut
}

// page returns a page with a message for each minute of 2026-11-24 after 11:00.
func page(t *testing.T, minutes ...int) (p roaming.Page[roaming.Message]) {
	t.Helper()
	for _, m := range minutes {
		p.Items = append(p.Items, roaming.Message{
			ID: roaming.MessageID(m + 1), Timestamp: roaming.Time{Time: at(t, "2026-11-24T11:00:00Z").Add(time.Duration(m) * time.Minute)},
		})
	}
	return p
}

// The histories are read side by side, so that few messages are remembered. What comes
// while they are read is not compared.
func TestCompareReadsWhatIsBehind(t *testing.T) {
	f := &fake{histories: map[string][]roaming.Page[roaming.Message]{
		"alice": {page(t, 61, 60, 59, 50), page(t, 40, 30), page(t, 2, 1)},
		"bob":   {page(t, 59, 58), page(t, 57, 55), page(t, 40, 1)},
	}}
	f.histories["bob"][1].Bad = []*roaming.ItemError{{Err: errors.New("odd")}}
	g, _ := withService(t, f, explainOptions{})
	c := explain.NewComparison(explain.View{User: "alice"}, explain.View{User: "bob"})
	if err := g.compare(t.Context(), c, []roaming.Ref{{User: "alice"}, {User: "bob"}}); err != nil {
		t.Fatal(err)
	}
	c.Finish()
	if got := strings.Join(f.reads, ","); got != "alice,bob,bob,bob,alice,alice" {
		t.Errorf("read %s", got)
	}
	// At 12:00 it is now: the message of 12:00 counts, that of 12:01 does not.
	got := fmt.Sprint(c.Common, c.Views[0].Messages, c.Views[0].Only, c.Views[1].Messages, c.Views[1].Only, c.Views[1].Unreadable)
	if got != "3 7 4 6 3 1" {
		t.Errorf("common, messages and only of both, unreadable: %s", got)
	}
}

// When one history fails, the other is read all the same.
func TestCompareWithAHistoryThatFails(t *testing.T) {
	failed := fault.New(fault.Refused, "closed").WithHint("open it")
	f := &fake{
		histories: map[string][]roaming.Page[roaming.Message]{"alice": {page(t, 5)}, "bob": {page(t, 5), page(t, 4)}},
		failures:  map[string]error{"alice": failed, "bob": errors.New("later")},
	}
	g, _ := withService(t, f, explainOptions{})
	c := explain.NewComparison(explain.View{User: "alice"}, explain.View{User: "bob"})
	err := g.compare(t.Context(), c, []roaming.Ref{{User: "alice"}, {User: "bob"}})
	if !errors.Is(err, failed) || c.Views[0].Error != "closed" || c.Views[0].Hint != "open it" || c.Views[1].Error != "later" || c.Views[1].Messages != 2 {
		t.Errorf("%v, %+v", err, c.Views)
	}
}

func TestPlaceOnTheList(t *testing.T) {
	listed, hidden := &roaming.Conversation{Unread: 2, LastMessage: &roaming.Message{}}, &roaming.Conversation{}
	for _, tt := range []struct {
		c      *roaming.Conversation
		failed string
		t      roaming.ChatType
		want   explain.ListState
		unread int
	}{
		{listed, "", roaming.Chat, explain.Listed, 2},
		{listed, "in part", roaming.Chat, explain.Listed, 2},
		{hidden, "", roaming.Chat, explain.Hidden, 0},
		{nil, "", roaming.Group, explain.NotListed, 0},
		{nil, "failed", roaming.Group, explain.ListUnknown, 0},
		{nil, "failed", roaming.Room, explain.NotListed, 0},
	} {
		v := explain.View{ListError: tt.failed}
		place(&v, tt.c, tt.t)
		if v.List != tt.want || v.Unread != tt.unread {
			t.Errorf("%+v: %s, %d unread", tt, v.List, v.Unread)
		}
	}
}

// An entry that can't be read may be the conversation.
func TestListWithAnUnreadableEntry(t *testing.T) {
	f := &fake{lists: map[string]roaming.Page[roaming.Conversation]{"alice": {
		Items: []roaming.Conversation{{ID: "x", Type: roaming.Chat}, {ID: "x", Type: roaming.Group}, {ID: "y", Type: roaming.Chat}},
		Bad:   []*roaming.ItemError{{Err: errors.New("odd")}},
	}}}
	g, errOut := withService(t, f, explainOptions{})
	v, found, err := g.list(t.Context(), "alice", "x")
	if err != nil || len(found) != 2 || found[roaming.Chat] == nil || found[roaming.Group] == nil || v.ListSize != 4 || v.ListError == "" || !strings.Contains(errOut(), "odd") {
		t.Errorf("%+v, %v, %v, %s", v, found, err, errOut())
	}
	f.failures = map[string]error{"alice": errors.New("closed")}
	if v, _, err := g.list(t.Context(), "alice", "x"); err == nil || v.ListError != "closed" {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestTypeOfTheConversation(t *testing.T) {
	c := &roaming.Conversation{}
	for name, tt := range map[string]struct {
		id     string
		given  roaming.ChatType
		listed map[roaming.ChatType]*roaming.Conversation
		want   roaming.ChatType
		err    fault.Kind
	}{
		"by --type":                 {id: "mine", given: roaming.Room, want: roaming.Room},
		"by the list":               {id: "mine", listed: map[roaming.ChatType]*roaming.Conversation{roaming.Chat: c}, want: roaming.Chat},
		"twice on the list":         {id: "x", listed: map[roaming.ChatType]*roaming.Conversation{roaming.Chat: c, roaming.Group: c}, err: fault.Usage},
		"--type, twice on the list": {id: "x", given: roaming.Chat, listed: map[roaming.ChatType]*roaming.Conversation{roaming.Chat: c, roaming.Group: c}, want: roaming.Chat},
		"the user's group":          {id: "mine", want: roaming.Group},
		"a group of others":         {id: "77", want: roaming.Group},
		"a number, no group":        {id: "78", want: roaming.Chat},
		"a number, refused":         {id: "79", want: roaming.Chat},
		"a number, unknown":         {id: "80", err: fault.Network},
		"a word is no group":        {id: "g80", want: roaming.Chat},
		"no user":                   {id: "Bob", want: roaming.Chat, err: fault.Usage},
	} {
		f := &fake{
			groups: []string{"other", "mine"}, members: map[string][]string{"77": {"bob"}, "g80": {"bob"}},
			failures: map[string]error{"79": fault.New(fault.Refused, "no"), "80": fault.New(fault.Network, "broken")},
		}
		g, _ := withService(t, f, explainOptions{conversation: tt.id, chatType: tt.given})
		if got, err := g.typeOf(t.Context(), tt.listed); got != tt.want || fault.KindOf(err) != tt.err {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// The view to compare with is the peer's, or that of the first other member.
func TestWhoseViewIsCompared(t *testing.T) {
	yes, no := true, false
	group := func(members int, member *bool) *explain.Group {
		return &explain.Group{Joined: "unknown", Members: members, Member: member}
	}
	for name, tt := range map[string]struct {
		t           roaming.ChatType
		id, with    string
		want        string
		wantGroup   *explain.Group
		wantFailure fault.Kind
	}{
		"a chat":                  {t: roaming.Chat, id: "bob", want: "bob"},
		"a chat with themselves":  {t: roaming.Chat, id: "alice"},
		"a chat, --with":          {t: roaming.Chat, id: "bob", with: "carol", wantFailure: fault.Usage},
		"a room":                  {t: roaming.Room, id: "r1"},
		"a room, --with":          {t: roaming.Room, id: "r1", with: "carol", want: "carol"},
		"a group":                 {t: roaming.Group, id: "g1", want: "bob", wantGroup: group(3, &yes)},
		"a group, --with":         {t: roaming.Group, id: "g1", with: "carol", want: "carol", wantGroup: group(3, &yes)},
		"another's group":         {t: roaming.Group, id: "g2", want: "carol", wantGroup: group(1, &no)},
		"a group with themselves": {t: roaming.Group, id: "g3", wantGroup: group(1, &yes)},
		"no group":                {t: roaming.Group, id: "g4", with: "carol", want: "carol", wantGroup: &explain.Group{Joined: "unknown", Error: "no group g4"}, wantFailure: fault.NotFound},
	} {
		f := &fake{members: map[string][]string{"g1": {"alice", "bob", "carol"}, "g2": {"carol"}, "g3": {"alice"}}}
		g, _ := withService(t, f, explainOptions{member: tt.with})
		facts := explain.Facts{User: "alice", Conversation: tt.id, Type: tt.t}
		got, err := g.other(t.Context(), &facts)
		if diff := cmp.Diff(tt.wantGroup, facts.Group); got != tt.want || diff != "" || fault.KindOf(err) != tt.wantFailure {
			t.Errorf("%s: %q, %v\n%s", name, got, err, diff)
		}
	}
}
