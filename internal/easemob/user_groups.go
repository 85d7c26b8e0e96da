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

	"github.com/roamctl/roamctl/internal/roaming"
)

// userGroupsPage is the most that a page of a user's groups can hold
// (contract, section 9).
const userGroupsPage = 20

// UserGroups are the groups that a user is in (contract, section 9: pages from
// 0). The end is where the answer's total says or, without one, an empty page.
func (c *Client) UserGroups(ctx context.Context, user string) iter.Seq2[roaming.Page[roaming.UserGroup], error] {
	return listing[roaming.UserGroup]{
		secrets: c.secrets,
		what:    groupsOf(user), size: userGroupsPage, most: userGroupsPage,
		fetch: func(ctx context.Context, at roaming.Cursor, _ int) (wirePage, error) {
			return c.userGroupsPage(ctx, user, at)
		},
		decode: decodeUserGroup,
	}.pages(ctx)
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

func (c *Client) userGroupsPage(ctx context.Context, user string, at roaming.Cursor) (wirePage, error) {
	number, err := pageNumber(at, 0)
	if err != nil {
		return wirePage{}, err
	}
	var a struct {
		Data     entries `json:"data"`
		Entities entries `json:"entities"`
		Total    integer `json:"total"` // 0: the service does not say
	}
	err = c.do(ctx, call{
		what: groupsOf(user), method: http.MethodGet, path: "/chatgroups/user/{user}",
		params:     map[string]string{"user": user},
		query:      url.Values{"pagenum": {strconv.Itoa(number)}, "pagesize": {strconv.Itoa(userGroupsPage)}},
		as:         asApp(),
		idempotent: true,
	}, &a)
	groups := a.Entities
	if len(groups) == 0 && a.Data != nil {
		groups = a.Data
	}
	if err == nil && groups == nil {
		err = noData(groupsOf(user))
	}
	if err != nil {
		return wirePage{}, err
	}
	all := a.Total > 0 && int64(a.Total) <= int64(number+1)*userGroupsPage
	return wirePage{entries: groups, next: numbered(number + 1), last: all || len(groups) == 0}, nil
}

func decodeUserGroup(raw json.RawMessage) (roaming.UserGroup, []byte, error) {
	var g userGroup
	err := json.Unmarshal(raw, &g)
	id := cmp.Or(g.GroupID, g.CamelID)
	if err == nil && id == "" {
		err = errors.New("it has no group ID")
	}
	if err != nil {
		return roaming.UserGroup{}, nil, err
	}
	return roaming.UserGroup{ID: string(id), Name: string(cmp.Or(g.GroupName, g.Name))}, []byte(id), nil
}
