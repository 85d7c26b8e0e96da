package api

import (
	"encoding/base64"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// Page sizes of section 9; the defaults are [inferred].
const (
	maxUsersPage   = 100
	maxMembersPage = 1000
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

// groups answers the two routes below /chatgroups.
func (s *service) groups(c *call) (any, error) {
	size, err := c.number("pagesize", maxMembersPage, defaultPage)
	if err != nil {
		return nil, err
	}
	number, err := c.number("pagenum", math.MaxInt32, 1)
	if err != nil {
		return nil, err
	}
	skip := (number - 1) * size
	first, second := c.r.PathValue("first"), c.r.PathValue("second")
	switch {
	case first == "user":
		return s.groupsOf(c, second, skip, size)
	case second == "users":
		return s.members(c, first, skip, size)
	}
	return notFound(s, c)
}

func (s *service) members(c *call, group string, skip, limit int) (any, error) {
	members, err := s.Store.Members(c.ctx, group, skip, limit)
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

// groupsOf answers with the members of an item that the contract leaves open
// [inferred].
func (s *service) groupsOf(c *call, user string, skip, limit int) (any, error) {
	ids, err := s.Store.Groups(c.ctx, user, skip, limit)
	if err != nil {
		return nil, err
	}
	data := make([]map[string]string, len(ids))
	for i, id := range ids {
		data[i] = map[string]string{"groupid": id, "groupname": id}
	}
	return s.envelope(c, "get", map[string]any{"data": data, "count": len(data)}), nil
}

// recall answers POST /messages/msg_recall.
func (s *service) recall(c *call) (any, error) {
	var q struct {
		MsgID    string `json:"msg_id"`
		To       string `json:"to"`
		From     string `json:"from"`
		ChatType string `json:"chat_type"`
		Force    bool   `json:"force"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	kind, ok := store.ParseChatType(q.ChatType)
	id, err := strconv.ParseUint(q.MsgID, 10, 64)
	if !ok || err != nil || q.To == "" {
		return nil, errArgument("msg_id, to and chat_type must be provided")
	}
	r := store.RecallRequest{ID: id, Type: kind, To: q.To, From: q.From}
	if !q.Force {
		r.Since = s.Now().Add(-s.RecallWindow).UnixMilli()
	}
	switch err := s.Store.Recall(c.ctx, r); {
	case errors.Is(err, store.ErrNotFound):
		return nil, errRecall("not_found msg")
	case errors.Is(err, store.ErrLate):
		return nil, errRecall("exceed recall time limit")
	case err != nil:
		return nil, err
	}
	return s.envelope(c, "post", map[string]any{
		"data": map[string]any{"recalled": "yes", "chattype": kind.String(), "from": q.From, "to": q.To, "msg_id": q.MsgID},
	}), nil
}

// errRecall has the contract's description; the word is [inferred].
func errRecall(description string) error {
	return refuse(http.StatusForbidden, "forbidden_op", "%s", description)
}
