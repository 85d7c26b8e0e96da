package easemob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

var _ roaming.Directory = (*Client)(nil)

// Page sizes of docs/contract.md, section 9.
const (
	userGroupsPage = 20
	membersPage    = 1000
)

// Verify checks that the service accepts the app's token, by a request for one of
// the app's users. A refusal is of kind fault.Auth.
func (c *Client) Verify(ctx context.Context) error {
	_, err := c.users(ctx, "checking the credentials of "+c.app.String(), "", 1)
	return err
}

// Users lists the app's users by cursor (docs/contract.md, section 9), a page at a
// time, each requested when the caller wants it.
func (c *Client) Users(ctx context.Context, q roaming.UserQuery) iter.Seq2[roaming.Page[roaming.User], error] {
	const what = "listing the app's users"
	return listing[roaming.User]{
		secrets: c.secrets,
		what:    what, start: q.Cursor, limit: q.Limit, size: q.PageSize, maxSize: roaming.MaxUsersPage,
		fetch: func(ctx context.Context, at roaming.Cursor, size int) (wirePage, error) {
			return c.users(ctx, what, at, size)
		},
		decode:     decodeUser,
		repeatEnds: true,
	}.pages(ctx)
}

// users requests a page. The last one may be empty, and may have a cursor
// (docs/contract.md, section 9).
func (c *Client) users(ctx context.Context, what string, at roaming.Cursor, size int) (wirePage, error) {
	query := url.Values{"limit": {strconv.Itoa(size)}}
	if at != "" {
		query.Set("cursor", string(at))
	}
	var a struct {
		Entities entries `json:"entities"`
		Cursor   text    `json:"cursor"`
	}
	err := c.do(ctx, get(what, "/users", nil, query), &a)
	if err == nil && a.Entities == nil {
		err = noData(what)
	}
	next := roaming.Cursor(a.Cursor)
	return wirePage{entries: a.Entities, next: next, last: next == "" || len(a.Entities) == 0}, err
}

// decodeUser reads a user. docs/contract.md does not name the unit of created:
// milliseconds, the service's usual one, are inferred.
func decodeUser(raw []byte) (roaming.User, []byte, error) {
	var u struct {
		Username  text   `json:"username"`
		Created   moment `json:"created"`
		Activated flag   `json:"activated"`
	}
	err := unmarshal(raw, &u)
	if err == nil && u.Username == "" {
		err = errors.New("it has no username")
	}
	if err != nil {
		return roaming.User{}, nil, err
	}
	return roaming.User{ID: string(u.Username), Created: u.Created.at, Activated: bool(u.Activated)}, []byte(u.Username), nil
}

// UserGroups lists the groups of a user (docs/contract.md, section 9). The list
// ends after the answer's total or, without one, at an empty page.
func (c *Client) UserGroups(ctx context.Context, user string) iter.Seq2[roaming.Page[roaming.UserGroup], error] {
	what := "listing " + user + "'s groups"
	return listing[roaming.UserGroup]{
		secrets: c.secrets,
		what:    what, maxSize: userGroupsPage,
		fetch: func(ctx context.Context, at roaming.Cursor, size int) (wirePage, error) {
			var a struct {
				Data     entries `json:"data"`
				Entities entries `json:"entities"`
				Total    integer `json:"total"` // 0: not known
			}
			k := get(what, "/chatgroups/user/{user}", map[string]string{"user": user}, nil)
			k.family = limiter.FamilyGroups
			number, err := c.numberedPage(ctx, k, at, 0, size, &a)
			groups := a.Entities
			if len(groups) == 0 && a.Data != nil {
				groups = a.Data
			}
			if err == nil && groups == nil {
				err = noData(what)
			}
			all := a.Total > 0 && int64(a.Total) <= int64(number+1)*userGroupsPage
			return wirePage{entries: groups, next: pageCursor(number + 1), last: all || len(groups) == 0}, err
		},
		decode: decodeUserGroup,
	}.pages(ctx)
}

// decodeUserGroup reads a group, by any of the spellings that the service uses for
// groups: docs/contract.md names no members.
func decodeUserGroup(raw []byte) (roaming.UserGroup, []byte, error) {
	var g struct {
		GroupID   text `json:"groupid"`
		CamelID   text `json:"groupId"`
		GroupName text `json:"groupname"`
		Name      text `json:"name"`
	}
	err := unmarshal(raw, &g)
	id := cmp.Or(g.GroupID, g.CamelID)
	if err == nil && id == "" {
		err = errors.New("it has no group ID")
	}
	if err != nil {
		return roaming.UserGroup{}, nil, err
	}
	return roaming.UserGroup{ID: string(id), Name: string(cmp.Or(g.GroupName, g.Name))}, []byte(id), nil
}

// GroupMembers lists a group's owner and members (docs/contract.md, section 9).
// Whether the owner is on every page is unknown; the listing has each ID once.
func (c *Client) GroupMembers(ctx context.Context, group string) iter.Seq2[roaming.Page[string], error] {
	what := "listing the members of group " + group
	return listing[string]{
		secrets: c.secrets,
		what:    what, maxSize: membersPage,
		fetch: func(ctx context.Context, at roaming.Cursor, size int) (wirePage, error) {
			var a struct {
				Data entries `json:"data"`
			}
			k := get(what, "/chatgroups/{group}/users", map[string]string{"group": group}, nil)
			number, err := c.numberedPage(ctx, k, at, 1, size, &a)
			if err == nil && a.Data == nil {
				err = noData(what)
			}
			return wirePage{entries: a.Data, next: pageCursor(number + 1), last: len(a.Data) < membersPage}, err
		},
		decode: func(raw []byte) (string, []byte, error) {
			var m struct {
				Owner  text `json:"owner"`
				Member text `json:"member"`
			}
			err := unmarshal(raw, &m)
			name := cmp.Or(m.Owner, m.Member)
			if err == nil && name == "" {
				err = errors.New("neither an owner nor a member")
			}
			if err != nil {
				return "", nil, fmt.Errorf("a member of group %s: %w", group, err)
			}
			return string(name), []byte(name), nil
		},
	}.pages(ctx)
}

// numberedPage requests the page that a cursor names, first for "".
func (c *Client) numberedPage(ctx context.Context, k call, at roaming.Cursor, first, size int, out any) (number int, err error) {
	number = first
	if at != "" {
		if number, err = strconv.Atoi(string(at)); err != nil {
			return 0, fault.New(fault.Bug, "%q is not a page number", at)
		}
	}
	k.query = url.Values{"pagenum": {strconv.Itoa(number)}, "pagesize": {strconv.Itoa(size)}}
	return number, c.do(ctx, k, out)
}

func pageCursor(number int) roaming.Cursor { return roaming.Cursor(strconv.Itoa(number)) }
