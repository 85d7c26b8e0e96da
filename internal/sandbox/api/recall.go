package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// recallRequest is a message to recall. sync_device and recallMessageExtensionInfo
// are accepted and have no effect: docs/contract.md does not say which.
type recallRequest struct {
	MsgID    string `json:"msg_id"`
	To       string `json:"to"`
	From     string `json:"from"`
	ChatType string `json:"chat_type"`
	Force    *bool  `json:"force"`
}

// recall answers POST /messages/msg_recall.
func (s *service) recall(c *call) (any, error) {
	var q recallRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	answer, err := s.recallOne(c, q)
	if err != nil {
		return nil, err
	}
	return s.envelope(c, "post", map[string]any{"data": answer}), nil
}

// recallBatch answers POST /messages/batch_recall. What the service answers for a
// message of a batch that it does not recall is [unknown]: the sandbox's answer is "no",
// without the reason, and a request without all parameters recalls nothing.
func (s *service) recallBatch(c *call) (any, error) {
	var q struct {
		Messages []recallRequest `json:"msgs"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	switch n := len(q.Messages); {
	case n == 0:
		return nil, errRecall(http.StatusBadRequest, "param msgs can't be empty")
	case n > maxRecall: // [inferred]: only the number is documented
		return nil, errRecall(http.StatusBadRequest, "msgs must not have more than "+strconv.Itoa(maxRecall)+" messages")
	}
	for _, m := range q.Messages {
		if err := m.check(); err != nil {
			return nil, err
		}
	}
	answers := make([]map[string]any, len(q.Messages))
	for i, m := range q.Messages {
		answer, err := s.recallOne(c, m)
		if _, refused := errors.AsType[*refusal](err); err != nil && !refused {
			return nil, err
		}
		answers[i] = answer
	}
	return s.envelope(c, "post", map[string]any{"data": answers}), nil
}

// check refuses a request without one of the parameters, in the service's words.
func (q recallRequest) check() error {
	for _, p := range []struct {
		name   string
		absent bool
	}{{"msg_id", q.MsgID == ""}, {"to", q.To == ""}, {"chat_type", q.ChatType == ""}, {"force", q.Force == nil}} {
		if p.absent {
			return errRecall(http.StatusBadRequest, "param "+p.name+" can't be empty")
		}
	}
	return nil
}

// recallOne recalls a message and returns its part of the answer, also when the error
// is a refusal.
func (s *service) recallOne(c *call, q recallRequest) (map[string]any, error) {
	from := q.From
	if from == "" {
		from = "admin"
	}
	answer := map[string]any{"recalled": "no", "chattype": q.ChatType, "from": from, "to": q.To, "msg_id": q.MsgID}
	kind, ok := store.ParseChatType(q.ChatType)
	id, err := strconv.ParseUint(q.MsgID, 10, 64)
	if !ok || err != nil {
		return answer, errRecall(http.StatusForbidden, "not_found msg")
	}
	r := store.RecallRequest{ID: id, Type: kind, To: q.To, From: q.From, Payload: func(m store.Message) []byte {
		return wire.Recall(s.Issuer.AppKey, m)
	}}
	if !*q.Force {
		r.Since = s.Now().Add(-s.RecallWindow).UnixMilli()
	}
	_, err = s.Store.Recall(c.ctx, r)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return answer, errRecall(http.StatusForbidden, "not_found msg")
	case errors.Is(err, store.ErrLate):
		return answer, errRecall(http.StatusForbidden, "exceed recall time limit")
	case err != nil:
		return answer, err
	}
	answer["recalled"] = "yes"
	return answer, nil
}

func errRecall(status int, description string) error {
	return refuse(status, "message_recall_error", "%s", description)
}
