package easemob

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// membersPage is the most that a page of group members can hold (contract, section 9).
const membersPage = 1000

// GroupMembers are a group's owner and members (contract, section 9). The
// contract does not say whether the owner is on every page; here they come
// once, wherever they are first.
func (c *Client) GroupMembers(ctx context.Context, group string) iter.Seq2[roaming.Page[string], error] {
	return func(yield func(roaming.Page[string], error) bool) {
		var owner, first string
		for number := 1; ; number++ {
			members, err := c.membersPage(ctx, group, number)
			if err == nil && number > 1 && firstMember(members) != "" && firstMember(members) == first {
				err = fault.New(fault.Network, "listing the members of group %s: the service repeats its first page", group)
			}
			if err != nil {
				yield(roaming.Page[string]{}, err)
				return
			}
			if number == 1 {
				first = firstMember(members)
			}
			var page roaming.Page[string]
			page, owner = readMembers(members, number, owner)
			last := len(members) < membersPage
			if !last {
				page.Next = roaming.Cursor(strconv.Itoa(number + 1))
			}
			if !yield(page, nil) || last {
				return
			}
		}
	}
}

// readMembers makes a page of user IDs, without the owner where they came
// before, and tells who the owner is.
func readMembers(members []member, number int, known string) (page roaming.Page[string], owner string) {
	page.Items, owner = make([]string, 0, len(members)), known
	for i, m := range members {
		switch {
		case m.Owner != "" && string(m.Owner) == owner:
		case m.Owner != "":
			owner = string(m.Owner)
			page.Items = append(page.Items, owner)
		case m.Member != "":
			page.Items = append(page.Items, string(m.Member))
		default:
			page.Bad = append(page.Bad, &roaming.ItemError{Page: number, Position: i + 1, Raw: m.raw, Err: errNoMember})
		}
	}
	return page, owner
}

func firstMember(members []member) string {
	for _, m := range members {
		if m.Member != "" {
			return string(m.Member)
		}
	}
	return ""
}

var errNoMember = errors.New("neither an owner nor a member")

// member is one entry: either an owner or a member.
type member struct {
	Owner  text `json:"owner"`
	Member text `json:"member"`
	raw    string
}

func (c *Client) membersPage(ctx context.Context, group string, number int) ([]member, error) {
	what := "listing the members of group " + group
	var a struct {
		Data []json.RawMessage `json:"data"`
	}
	err := c.do(ctx, call{
		what: what, method: http.MethodGet, path: "/chatgroups/{group}/users",
		params:     map[string]string{"group": group},
		query:      url.Values{"pagenum": {strconv.Itoa(number)}, "pagesize": {strconv.Itoa(membersPage)}},
		as:         asApp(),
		idempotent: true,
	}, &a)
	if err != nil {
		return nil, err
	}
	members := make([]member, len(a.Data))
	for i, raw := range a.Data {
		_ = json.Unmarshal(raw, &members[i]) // what cannot be read is empty, and reported as such
		members[i].raw = string(raw)
	}
	return members, nil
}
