package api

import (
	"net/http"
	"unicode/utf8"
)

// maxAnnouncement is how many characters an announcement has at most [inferred].
const maxAnnouncement = 512

// announcement answers GET /chatgroups/{group}/announcement (docs/contract.md, section 9).
func (s *service) announcement(c *call) (any, error) {
	text, err := s.Store.Announcement(c.ctx, c.group)
	if err != nil {
		return nil, err
	}
	return s.envelope(c, "get", map[string]any{"data": map[string]any{"announcement": text}}), nil
}

// announce answers POST /chatgroups/{group}/announcement. The app and the group's owner
// may; whom else the service lets is not known.
func (s *service) announce(c *call) (any, error) {
	var q struct {
		Announcement *string `json:"announcement"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if q.Announcement == nil || utf8.RuneCountInString(*q.Announcement) > maxAnnouncement {
		return nil, errArgument("announcement must be a text of at most %d characters", maxAnnouncement)
	}
	if !c.caller.IsApp() {
		if _, owner, err := s.Store.Role(c.ctx, c.group, c.caller.User); err != nil {
			return nil, err
		} else if !owner {
			return nil, refuse(http.StatusForbidden, "forbidden_op", "only the group's owner can set the announcement")
		}
	}
	if err := s.Store.SetAnnouncement(c.ctx, c.group, *q.Announcement); err != nil {
		return nil, err
	}
	return s.envelope(c, "post", map[string]any{"data": map[string]any{"id": c.group, "result": true}}), nil
}

// resources answers GET /users/{user}/resources with the user's connected devices
// (docs/contract.md, section 2).
func (s *service) resources(c *call) (any, error) {
	if _, err := s.Store.FindUser(c.ctx, c.user); err != nil {
		return nil, err
	}
	data := []map[string]string{}
	for _, resource := range s.Resources(c.user) {
		data = append(data, map[string]string{"res": resource})
	}
	return s.envelope(c, "get", map[string]any{"data": data}), nil
}
