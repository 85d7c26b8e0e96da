package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

func errMissing(name string) error {
	return refuse(http.StatusBadRequest, "Bad Request", "parameter %s is missing or malformed", name)
}

// roamingRef returns what a deletion deletes from. A group's and a room's ID are
// in the same parameter.
func (c *call) roamingRef(parameter string) (store.Ref, error) {
	peer := c.query().Get(parameter)
	if peer == "" {
		return store.Ref{}, errMissing(parameter)
	}
	return store.Ref{User: c.user, Peer: peer, Conference: parameter == "groupId"}, nil
}

// deleteByIDHandler returns a handler that deletes messages by ID. It ignores IDs that are not of the
// conversation [inferred]: a deletion can be repeated.
func deleteByIDHandler(parameter string) func(*service, *call) (any, error) {
	return func(s *service, c *call) (any, error) {
		ref, err := c.roamingRef(parameter)
		if err != nil {
			return nil, err
		}
		var ids []uint64
		for text := range strings.SplitSeq(c.query().Get("msgIdList"), ",") {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			id, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return nil, errMissing("msgIdList")
			}
			ids = append(ids, id)
		}
		if len(ids) == 0 {
			return nil, errMissing("msgIdList")
		}
		if len(ids) > maxDeleteIDs {
			return nil, refuse(http.StatusBadRequest, "param exception", "delete msg list limit can not greater than %d", maxDeleteIDs)
		}
		return s.done(), s.storeAs(c).DeleteMessages(c.ctx, ref, ids)
	}
}

// storeAs returns the store for a call that changes a user's view. The user's
// other devices are notified, unless isNotify is false (docs/contract.md, section
// 4). A device names itself as resource.
func (s *service) storeAs(c *call) *store.Store {
	q := c.query()
	return s.Store.As(store.Actor{Device: q.Get("resource"), Notify: !strings.EqualFold(q.Get("isNotify"), "false")})
}

// deletesUntil deletes messages up to a time.
func deletesUntil(parameter string) func(*service, *call) (any, error) {
	return func(s *service, c *call) (any, error) {
		ref, err := c.roamingRef(parameter)
		if err != nil {
			return nil, err
		}
		until, err := strconv.ParseInt(c.query().Get("delTime"), 10, 64)
		if err != nil || until < 0 {
			return nil, errMissing("delTime")
		}
		return s.done(), s.storeAs(c).DeleteUntil(c.ctx, ref, until)
	}
}

func (s *service) deleteAll(c *call) (any, error) {
	return s.done(), s.storeAs(c).DeleteEverything(c.ctx, c.user)
}

// deleteConversation answers both routes of docs/contract.md, section 5. It succeeds
// if there is no such conversation [inferred].
func (s *service) deleteConversation(c *call) (any, error) {
	var q struct {
		Channel    *string `json:"channel"`
		Type       *string `json:"type"`
		DeleteRoam *bool   `json:"delete_roam"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	switch {
	case q.Channel == nil || *q.Channel == "":
		return nil, errArgument("field channel cannot be null or empty")
	case q.Type == nil || *q.Type == "":
		return nil, errArgument("field type cannot be null or empty")
	case q.DeleteRoam == nil:
		return nil, errArgument("field delete_roam cannot be null")
	}
	ref, err := c.conversationRef(*q.Type, *q.Channel)
	if err != nil {
		return nil, err
	}
	if err := s.storeAs(c).DeleteConversation(c.ctx, ref, *q.DeleteRoam); err != nil {
		return nil, err
	}
	return s.envelope(c, "delete", map[string]any{"data": map[string]any{"result": "ok"}}), nil
}
