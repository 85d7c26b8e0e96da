package easemob

import (
	"cmp"
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

// userGroupsPage is how many of a user's groups are asked for at once. The
// contract (section 9) names no most, so a small number.
const userGroupsPage = 20

// UserGroups are the groups that a user is in (contract, section 9). How many
// a page holds at most and how pages are counted is not said there: pages
// count from 1, as those of a group's members do, and the end is an empty page
// or, where the service ignores the number, the first page once more; either is
// handed on as an empty page.
func (c *Client) UserGroups(ctx context.Context, user string) iter.Seq2[roaming.Page[roaming.UserGroup], error] {
	return func(yield func(roaming.Page[roaming.UserGroup], error) bool) {
		first := ""
		for number := 1; ; number++ {
			page, err := c.userGroupsPage(ctx, user, number)
			size, begins := len(page.Items)+len(page.Bad), firstGroup(page)
			again := number > 1 && begins == first
			if err == nil && again && size >= userGroupsPage {
				err = fault.New(fault.Network, "%s: the service repeats its first page", groupsOf(user))
			}
			if err != nil {
				yield(roaming.Page[roaming.UserGroup]{}, err)
				return
			}
			last := size == 0 || again
			if last {
				page = roaming.Page[roaming.UserGroup]{}
			} else {
				page.Next = roaming.Cursor(strconv.Itoa(number + 1))
			}
			if number == 1 {
				first = begins
			}
			if !yield(page, nil) || last {
				return
			}
		}
	}
}

// firstGroup tells pages apart.
func firstGroup(page roaming.Page[roaming.UserGroup]) string {
	switch {
	case len(page.Items) > 0:
		return page.Items[0].ID
	case len(page.Bad) > 0:
		return page.Bad[0].Raw
	default:
		return ""
	}
}

func groupsOf(user string) string { return "listing " + user + "'s groups" }

// userGroup is one entry. The contract leaves its members open: taken are the
// spellings that the service uses elsewhere.
type userGroup struct {
	GroupID   text `json:"groupid"`
	CamelID   text `json:"groupId"`
	GroupName text `json:"groupname"`
	Name      text `json:"name"`
}

func (c *Client) userGroupsPage(ctx context.Context, user string, number int) (page roaming.Page[roaming.UserGroup], err error) {
	var a struct {
		Data     []json.RawMessage `json:"data"`
		Entities []json.RawMessage `json:"entities"`
	}
	err = c.do(ctx, call{
		what: groupsOf(user), method: http.MethodGet, path: "/chatgroups/user/{user}",
		params:     map[string]string{"user": user},
		query:      url.Values{"pagenum": {strconv.Itoa(number)}, "pagesize": {strconv.Itoa(userGroupsPage)}},
		as:         asApp(),
		idempotent: true,
	}, &a)
	if err != nil {
		return page, err
	}
	entries := a.Data
	if entries == nil {
		entries = a.Entities
	}
	page.Items = make([]roaming.UserGroup, 0, len(entries))
	for i, raw := range entries {
		var g userGroup
		err := json.Unmarshal(raw, &g)
		id := cmp.Or(g.GroupID, g.CamelID)
		if err == nil && id == "" {
			err = errors.New("it has no group ID")
		}
		if err != nil {
			page.Bad = append(page.Bad, &roaming.ItemError{Page: number, Position: i + 1, Raw: string(raw), Err: err})
			continue
		}
		page.Items = append(page.Items, roaming.UserGroup{ID: string(id), Name: string(cmp.Or(g.GroupName, g.Name))})
	}
	return page, nil
}
