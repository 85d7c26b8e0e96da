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
	return func(yield func(roaming.Page[roaming.User], error) bool) {
		l, err := newListing(listingUsers, q.Cursor, q.Limit, q.PageSize, roaming.MaxUsersPage)
		if err != nil {
			yield(roaming.Page[roaming.User]{}, err)
			return
		}
		cursor := q.Cursor
		for more := true; more; {
			page, err := c.usersPage(ctx, l.ask(), cursor, l.page+1)
			if err != nil {
				yield(page, err)
				return
			}
			cursor = page.Next
			more, err = l.took(len(page.Items)+len(page.Bad), page.Next, page.Next == "")
			if !yield(page, nil) {
				return
			}
			if err != nil {
				yield(roaming.Page[roaming.User]{}, err)
				return
			}
		}
	}
}

// userEntity is one of the list's entities. The unit of created is taken to be
// the service's usual one, milliseconds: the contract does not name it.
type userEntity struct {
	Username  text   `json:"username"`
	Created   moment `json:"created"`
	Activated flag   `json:"activated"`
}

func (c *Client) usersPage(ctx context.Context, limit int, cursor roaming.Cursor, number int) (page roaming.Page[roaming.User], err error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		query.Set("cursor", string(cursor))
	}
	var a struct {
		Entities *[]json.RawMessage `json:"entities"`
		Cursor   text               `json:"cursor"`
	}
	err = c.do(ctx, call{
		what: listingUsers, method: http.MethodGet, path: "/users", query: query, as: asApp(), idempotent: true,
	}, &a)
	if err != nil {
		return page, err
	}
	if a.Entities == nil {
		return page, noData(listingUsers)
	}
	page.Items = make([]roaming.User, 0, len(*a.Entities))
	for i, raw := range *a.Entities {
		var entity userEntity
		err := json.Unmarshal(raw, &entity)
		if err == nil && entity.Username == "" {
			err = errors.New("it has no username")
		}
		if err != nil {
			page.Bad = append(page.Bad, &roaming.ItemError{Page: number, Position: i + 1, Raw: string(raw), Err: err})
			continue
		}
		page.Items = append(page.Items, roaming.User{ID: string(entity.Username), Created: entity.Created.at, Activated: bool(entity.Activated)})
	}
	page.Next = roaming.Cursor(a.Cursor)
	return page, nil
}
