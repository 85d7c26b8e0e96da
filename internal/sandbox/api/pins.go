package api

import (
	"errors"
	"net/http"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// maxMarkTargets is how many conversations one call marks (docs/contract.md, section 2).
const maxMarkTargets = 20

// Codes of errors about conversations (docs/contract.md, section 2).
const (
	codeNoConversation = 91001
	codeTooMany        = 91101
)

type target struct {
	Type string `json:"type"`
	To   string `json:"to"`
}

func (s *service) pin(c *call) (any, error) {
	var t target
	if err := c.decode(&t); err != nil {
		return nil, err
	}
	return s.setPinned(c, t, true)
}

func (s *service) unpin(c *call) (any, error) {
	q := c.query()
	return s.setPinned(c, target{q.Get("type"), q.Get("to")}, false)
}

// setPinned refuses a conversation that is not on the list: what the service does
// is not documented.
func (s *service) setPinned(c *call, t target, pinned bool) (any, error) {
	ref, err := c.conversationRef(t.Type, t.To)
	if err != nil {
		return nil, err
	}
	at := s.Now().UnixMilli()
	if err := s.storeAs(c).Pin(c.ctx, ref, pinned, at); err != nil {
		if errors.Is(err, store.ErrTooMany) {
			// The word is [inferred].
			return nil, refuse(http.StatusForbidden, "forbidden_op", "%v", err).withCode(codeTooMany)
		}
		return nil, err
	}
	return s.envelope(c, "post", map[string]any{
		"data": map[string]any{"is_top": pinned, "update_top_status_time": at},
	}), nil
}

func markHandler(on bool) func(*service, *call) (any, error) {
	return func(s *service, c *call) (any, error) { return s.setMark(c, on) }
}

// setMark returns the targets that are not on the list as ignored, as the vendor's
// client expects.
func (s *service) setMark(c *call, on bool) (any, error) {
	var q struct {
		Mark    string   `json:"mark"`
		Targets []target `json:"targets"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	mark, err := markNumber(q.Mark)
	if err != nil {
		return nil, err
	}
	if len(q.Targets) == 0 || len(q.Targets) > maxMarkTargets {
		return nil, errArgument("targets must be 1 to %d conversations", maxMarkTargets)
	}
	refs := make([]store.Ref, len(q.Targets))
	for i, t := range q.Targets {
		if refs[i], err = c.conversationRef(t.Type, t.To); err != nil {
			return nil, err
		}
	}
	ignored := []target{}
	for i, ref := range refs {
		err := s.storeAs(c).Mark(c.ctx, ref, mark, on)
		if errors.Is(err, store.ErrNotFound) {
			ignored = append(ignored, q.Targets[i])
		} else if err != nil {
			return nil, err
		}
	}
	return s.envelope(c, "post", map[string]any{"data": map[string]any{"ignore": ignored}}), nil
}
