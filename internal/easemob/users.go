package easemob

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/roamctl/roamctl/internal/roaming"
)

var _ roaming.Directory = (*Client)(nil)

const listingUsers = "listing the app's users"

// Users lists by cursor (contract, section 9), a page at a time. The next page
// is asked for when the caller wants it.
func (c *Client) Users(ctx context.Context, q roaming.UserQuery) iter.Seq2[roaming.Page[roaming.User], error] {
	return listing[roaming.User]{
		secrets: c.secrets,
		what:    listingUsers, start: q.Cursor, limit: q.Limit, size: q.PageSize, most: roaming.MaxUsersPage,
		fetch: c.usersPage, decode: decodeUser,
	}.pages(ctx)
}

// userEntity is one of the list's entities. The unit of created is taken to be
// the service's usual one, milliseconds: the contract does not name it.
type userEntity struct {
	Username  text   `json:"username"`
	Created   moment `json:"created"`
	Activated flag   `json:"activated"`
}

func decodeUser(raw json.RawMessage) (roaming.User, []byte, error) {
	var entity userEntity
	err := json.Unmarshal(raw, &entity)
	if err == nil && entity.Username == "" {
		err = errors.New("it has no username")
	}
	if err != nil {
		return roaming.User{}, nil, err
	}
	return roaming.User{ID: string(entity.Username), Created: entity.Created.at, Activated: bool(entity.Activated)}, []byte(entity.Username), nil
}

type usersAnswer struct {
	Entities entries `json:"entities"`
	Cursor   text    `json:"cursor"`
}

// usersPage asks for a page. The list also ends at an empty page and at a page
// whose cursor is its own: the last page may carry one (contract, section 9).
func (c *Client) usersPage(ctx context.Context, at roaming.Cursor, ask int) (wirePage, error) {
	query := url.Values{"limit": {strconv.Itoa(ask)}}
	if at != "" {
		query.Set("cursor", string(at))
	}
	var a usersAnswer
	err := c.do(ctx, call{
		what: listingUsers, method: http.MethodGet, path: "/users", query: query, as: asApp(), idempotent: true,
	}, &a)
	if err == nil && a.Entities == nil {
		err = noData(listingUsers)
	}
	if err != nil {
		return wirePage{}, err
	}
	next := roaming.Cursor(a.Cursor)
	return wirePage{entries: a.Entities, next: next, last: next == "" || next == at || len(a.Entities) == 0}, nil
}
