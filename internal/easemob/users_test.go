package easemob

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestUsers(t *testing.T) {
	s := &service{answer: replies(sample(t, "users.json"), `{"entities":[{"username":"zoe"}],"cursor":null}`)}
	c, _ := newTest(t, s)
	got, err := pages(c.Users(t.Context(), roaming.UserQuery{}))
	if err != nil || len(got) != 2 {
		t.Fatal(len(got), err)
	}
	want := []roaming.User{
		{ID: "alice", Created: roaming.Millis(1763596800919), Activated: true},
		{ID: "王小明", Created: roaming.Millis(1763596800920)},
	}
	if diff := cmp.Diff(want, got[0].Items); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if bad := got[0].Bad; len(bad) != 2 || bad[0].Position != 3 || bad[1].Position != 4 {
		t.Errorf("bad items: %v", bad)
	}
	if diff := cmp.Diff([]roaming.User{{ID: "zoe"}}, got[1].Items); diff != "" || got[1].Next != "" {
		t.Errorf("the last page (-want +got):\n%s", diff)
	}
	asked := s.asked(false)
	want1 := request{Method: "GET", Path: "/org/app/users", Query: "limit=100", Auth: "Bearer app-token"}
	want2 := request{Method: "GET", Path: "/org/app/users", Query: "cursor=LTU2ODc0MzQzOkhRRkc&limit=100", Auth: "Bearer app-token"}
	if diff := cmp.Diff([]request{want1, want2}, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestUsersRequestsNoMoreThanTheLimit(t *testing.T) {
	s := &service{answer: replies(`{"entities":[{"username":"a"},{"username":"b"}],"cursor":"c1"}`, `{"entities":[{"username":"c"}],"cursor":"c2"}`)}
	c, _ := newTest(t, s)
	got, err := pages(c.Users(t.Context(), roaming.UserQuery{Cursor: "c0", PageSize: 2, Limit: 3}))
	if err != nil || len(got) != 2 || got[1].Next != "c2" {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, want := range []string{"cursor=c0&limit=2", "cursor=c1&limit=1"} {
		if got := s.asked(false)[i].Query; got != want {
			t.Errorf("request %d: %s, want %s", i+1, got, want)
		}
	}
	for _, bad := range []roaming.UserQuery{{PageSize: 101}, {PageSize: -1}, {Limit: -1}} {
		if _, err := pages(c.Users(t.Context(), bad)); fault.KindOf(err) != fault.Usage {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestUsersWithInvalidAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"no entities": `{"action":"get"}`,
	} {
		c, _ := newTest(t, &service{answer: replies(answer)})
		if _, err := pages(c.Users(t.Context(), roaming.UserQuery{})); fault.KindOf(err) != fault.Network {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUserGroups(t *testing.T) {
	s := &service{answer: replies(sample(t, "user_groups.json"), `{"entities":[{"groupId":"103","name":"late"}]}`, `{"data":[]}`)}
	c, _ := newTest(t, s)
	got, err := pages(c.UserGroups(t.Context(), "alice"))
	if err != nil || len(got) != 3 || got[2].Next != "" {
		t.Fatal(got, err)
	}
	want := []roaming.UserGroup{{ID: "250000000000101", Name: "周五火锅"}, {ID: "250000000000102", Name: "reading"}}
	if diff := cmp.Diff(want, got[0].Items); diff != "" || len(got[0].Bad) != 1 {
		t.Errorf("first page, %v (-want +got):\n%s", got[0].Bad, diff)
	}
	if diff := cmp.Diff([]roaming.UserGroup{{ID: "103", Name: "late"}}, got[1].Items); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	first := request{Method: "GET", Path: "/org/app/chatgroups/user/alice", Query: "pagenum=0&pagesize=20", Auth: "Bearer app-token"}
	if diff := cmp.Diff(first, s.asked(false)[0]); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

// The list of groups ends at an empty page or after the total. A user may have none.
func TestUserGroupsEnd(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers []string
		groups  int
		calls   int
		kind    fault.Kind
	}{
		{"none", []string{`{"data":[]}`}, 0, 1, ""},
		{"none, by its other name", []string{`{"entities":[],"total":0}`}, 0, 1, ""},
		{"a total", []string{`{"entities":[{"groupid":"1"},{"groupid":"2"}],"total":2}`}, 2, 1, ""},
		{"no total", []string{`{"data":[{"groupid":"1"},{"x":"2"}]}`, `{"data":[]}`}, 2, 2, ""},
		{"a number that is ignored", []string{`{"data":[{"groupid":"1"},{"groupid":"2"}]}`}, 2, 2, fault.Network},
		{"no list", []string{`{"count":0}`}, 0, 1, fault.Network},
	} {
		s := &service{answer: replies(tt.answers...)}
		c, _ := newTest(t, s)
		n := 0
		var ended error
		for _, err := range roaming.Items(c.UserGroups(t.Context(), "alice")) {
			if err != nil && !roaming.IsItemError(err) {
				ended = err
				break
			}
			n++
		}
		if n != tt.groups || fault.KindOf(ended) != tt.kind || len(s.asked(false)) != tt.calls {
			t.Errorf("%s: %d groups, %d calls, %v", tt.name, n, len(s.asked(false)), ended)
		}
	}
}

// The last page may have a cursor (docs/contract.md, section 9).
func TestUsersEnd(t *testing.T) {
	for name, last := range map[string]string{
		"an empty page":  `{"entities":[],"cursor":"c2"}`,
		"its own cursor": `{"entities":[{"username":"b"}],"cursor":"LTU2ODc0MzQzOkhRRkc"}`,
	} {
		s := &service{answer: replies(sample(t, "users.json"), last)}
		c, _ := newTest(t, s)
		got, err := pages(c.Users(t.Context(), roaming.UserQuery{}))
		if err != nil || len(got) != 2 || len(got[0].Items) != 2 || got[1].Next != "" || len(s.asked(false)) != 2 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// A user in more groups than a page holds: pages are numbered from 0, and a limit of
// their own applies.
func TestUserGroupsBeginAtPage0(t *testing.T) {
	page := func(from, to int) string {
		var groups []string
		for i := from; i < to; i++ {
			groups = append(groups, fmt.Sprintf(`{"groupId":"%d","id":"%d","name":"g","owner":"o","created":1763596800919}`, i, i))
		}
		return `{"action":"get","entities":[` + strings.Join(groups, ",") + `],"total":45}`
	}
	s := &service{answer: func(w http.ResponseWriter, r *http.Request, _ int) {
		n, err := strconv.Atoi(r.URL.Query().Get("pagenum"))
		if err != nil || r.URL.Query().Get("pagesize") != "20" {
			t.Errorf("asked for %s", r.URL.RawQuery)
		}
		reply(w, 200, page(20*n, min(20*n+20, 45)))
	}}
	used := map[string]int{}
	c, clock := newTest(t, s)
	c.limiter = limiter.New(limiter.Options{
		Clock: clock, Budgets: counting(used), Limits: limiter.Limits{limiter.FamilyGroups: {App: limiter.Limit{Calls: 50, Per: time.Second}}},
	})
	ids := map[string]bool{}
	for g, err := range roaming.Items(c.UserGroups(t.Context(), "alice")) {
		if err != nil {
			t.Fatal(err)
		}
		ids[g.ID] = true
	}
	if len(ids) != 45 || len(s.asked(false)) != 3 || used[limiter.FamilyGroups] != 3 {
		t.Errorf("%d groups by %d calls, counted: %v", len(ids), len(s.asked(false)), used)
	}
}

// counting counts the calls of each budget and limits none.
type counting map[string]int

func (c counting) Take(_ context.Context, budget string, _ limiter.Limit) (time.Duration, error) {
	c[budget]++
	return 0, nil
}

// A cursor of an earlier page ends the list, so that no page is listed twice.
func TestARepeatedCursorEndsTheUsers(t *testing.T) {
	s := &service{answer: replies(
		`{"entities":[{"username":"a"}],"cursor":"c1"}`, `{"entities":[{"username":"b"}],"cursor":"c2"}`, `{"entities":[{"username":"c"}],"cursor":"c1"}`,
	)}
	c, _ := newTest(t, s)
	got, err := pages(c.Users(t.Context(), roaming.UserQuery{}))
	if err != nil || len(got) != 3 || got[2].Next != "" || len(s.asked(false)) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}
