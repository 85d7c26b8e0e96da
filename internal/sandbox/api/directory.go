package api

import (
	"encoding/base64"
	"math"
	"strconv"
)

// Page sizes of docs/contract.md, section 9. The defaults are [inferred].
const (
	maxUsersPage      = 100
	maxMembersPage    = 1000
	maxGroupsPage     = 20
	defaultGroupsPage = 5
)

func (s *service) listUsers(c *call) (any, error) {
	limit, err := c.number("limit", maxUsersPage, defaultPage)
	if err != nil {
		return nil, err
	}
	after, err := userCursor(c.query().Get("cursor"))
	if err != nil {
		return nil, err
	}
	users, err := s.Store.Users(c.ctx, after, limit+1)
	if err != nil {
		return nil, err
	}
	more := map[string]any{}
	if len(users) > limit {
		users = users[:limit]
		more["cursor"] = base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(users[limit-1].ID, 10)))
	}
	entities := make([]any, len(users))
	for i, u := range users {
		entities[i] = s.userEntity(u)
	}
	more["entities"], more["count"] = entities, len(entities)
	return s.envelope(c, "get", more), nil
}

func userCursor(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, errArgument("cursor is not one of this service's")
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, errArgument("cursor is not one of this service's")
	}
	return n, nil
}

// members answers with a page of a group's owner and members: pages count from 1.
func (s *service) members(c *call) (any, error) {
	size, err := c.number("pagesize", maxMembersPage, defaultPage)
	if err != nil {
		return nil, err
	}
	number, err := c.number("pagenum", math.MaxInt32, 1)
	if err != nil {
		return nil, err
	}
	members, err := s.Store.Members(c.ctx, c.group, (number-1)*size, size)
	if err != nil {
		return nil, err
	}
	data := make([]map[string]string, len(members))
	for i, m := range members {
		role := "member"
		if m.Owner {
			role = "owner"
		}
		data[i] = map[string]string{role: m.Name}
	}
	return s.envelope(c, "get", map[string]any{"data": data, "count": len(data)}), nil
}

// groupsOf answers with a page of a user's groups: pages count from 0.
func (s *service) groupsOf(c *call) (any, error) {
	size, err := c.number("pagesize", maxGroupsPage, defaultGroupsPage)
	if err != nil {
		return nil, err
	}
	number, err := c.numberFrom(0, "pagenum", math.MaxInt32, 0)
	if err != nil {
		return nil, err
	}
	groups, err := s.Store.Groups(c.ctx, c.user)
	if err != nil {
		return nil, err
	}
	entities := []map[string]string{}
	for _, g := range groups[min(number*size, len(groups)):min((number+1)*size, len(groups))] {
		entities = append(entities, map[string]string{"groupId": g.ID, "id": g.ID, "name": g.ID, "owner": g.Owner})
	}
	return s.envelope(c, "get", map[string]any{"entities": entities, "count": len(entities), "total": len(groups)}), nil
}
