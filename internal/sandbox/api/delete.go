package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

func (s *service) deleteChatIDs(c *call) (any, error)    { return s.deleteIDs(c, "userId") }
func (s *service) deleteGroupIDs(c *call) (any, error)   { return s.deleteIDs(c, "groupId") }
func (s *service) deleteChatUntil(c *call) (any, error)  { return s.deleteUntil(c, "userId") }
func (s *service) deleteGroupUntil(c *call) (any, error) { return s.deleteUntil(c, "groupId") }

// errNotOpen is the add-on that is not bought (contract, section 4).
func errNotOpen() error {
	return refuse(http.StatusBadRequest, "service open exception", "this appKey not open message roaming")
}

func errMissing(name string) error {
	return refuse(http.StatusBadRequest, "Bad Request", "parameter %s is missing or malformed", name)
}

// roamingRef is whose history of what a deletion is about. Group and room IDs
// come alike.
func (s *service) roamingRef(c *call, parameter string) (store.Ref, error) {
	if s.NoRoaming {
		return store.Ref{}, errNotOpen()
	}
	peer := c.query().Get(parameter)
	if peer == "" {
		return store.Ref{}, errMissing(parameter)
	}
	return store.Ref{User: c.user, Peer: peer, Conference: parameter == "groupId"}, nil
}

// deleteIDs ignores IDs that are not of the conversation [inferred]: a
// deletion can be repeated.
func (s *service) deleteIDs(c *call, parameter string) (any, error) {
	ref, err := s.roamingRef(c, parameter)
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
	if len(ids) > s.MaxDeleteIDs {
		return nil, refuse(http.StatusBadRequest, "param exception", "delete msg list limit can not greater than %d", s.MaxDeleteIDs)
	}
	if err := s.changing(c).DeleteMessages(c.ctx, ref, ids); err != nil {
		return nil, err
	}
	return s.done(), nil
}

// changing is the store for a change that a call makes: the user's other
// devices are told of it, unless isNotify says no (contract, section 4). A call
// from a device names that as its resource.
func (s *service) changing(c *call) *store.Store {
	q := c.query()
	return s.Store.As(store.Actor{Device: q.Get("resource"), Notify: !strings.EqualFold(q.Get("isNotify"), "false")})
}

func (s *service) deleteUntil(c *call, parameter string) (any, error) {
	ref, err := s.roamingRef(c, parameter)
	if err != nil {
		return nil, err
	}
	until, err := strconv.ParseInt(c.query().Get("delTime"), 10, 64)
	if err != nil || until < 0 {
		return nil, errMissing("delTime")
	}
	if err := s.changing(c).DeleteUntil(c.ctx, ref, until); err != nil {
		return nil, err
	}
	return s.done(), nil
}

func (s *service) deleteAll(c *call) (any, error) {
	if s.NoRoaming {
		return nil, errNotOpen()
	}
	if err := s.changing(c).DeleteEverything(c.ctx, c.user); err != nil {
		return nil, err
	}
	return s.done(), nil
}

// deleteConversation answers both routes of section 5. A conversation that is
// not there is deleted all the same [inferred].
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
	if err := s.changing(c).DeleteConversation(c.ctx, ref, *q.DeleteRoam); err != nil {
		return nil, err
	}
	return s.envelope(c, "delete", map[string]any{"data": map[string]any{"result": "ok"}}), nil
}
