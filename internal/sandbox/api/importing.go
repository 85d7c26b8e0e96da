package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// maxMessage is the size of a body plus its extension (docs/contract.md, section 6).
const maxMessage = 5 << 10

type importRequest struct {
	From      string                     `json:"from"`
	Target    string                     `json:"target"`
	Type      string                     `json:"type"`
	Body      map[string]json.RawMessage `json:"body"`
	Ext       map[string]json.RawMessage `json:"ext"`
	Timestamp *int64                     `json:"msg_timestamp"`
}

func importHandler(kind store.ChatType) func(*service, *call) (any, error) {
	return func(s *service, c *call) (any, error) { return s.importMessage(c, kind) }
}

// importMessage answers docs/contract.md, section 8. It refuses a message if a user
// or the group does not exist: what the service does is not documented.
func (s *service) importMessage(c *call, kind store.ChatType) (any, error) {
	var q importRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	m, err := s.imported(q, kind)
	if err != nil {
		return nil, err
	}
	if err := s.participantsExist(c, m); err != nil {
		return nil, err
	}
	err = s.Store.Write(c.ctx, func(w *store.Writer) (err error) {
		m.ID, _, err = w.AppendOne(c.ctx, m)
		return err
	})
	if errors.Is(err, store.ErrTimestamp) {
		return nil, errArgument("%v", err)
	}
	if err != nil {
		return nil, err
	}
	return s.envelope(c, "post", map[string]any{"data": map[string]any{"msg_id": strconv.FormatUint(m.ID, 10)}}), nil
}

func (s *service) imported(q importRequest, kind store.ChatType) (store.Message, error) {
	m := store.Message{Type: kind, From: q.From, To: q.Target, Imported: true, Timestamp: s.Now().UnixMilli()}
	switch {
	case q.From == "" || q.Target == "":
		return m, errArgument("from and target must be provided")
	case !slices.Contains(store.Kinds(), q.Type):
		return m, errArgument("type %q is unknown", q.Type)
	case q.Body == nil:
		return m, errArgument("body must be provided")
	}
	if q.Timestamp != nil {
		m.Timestamp = *q.Timestamp
	}
	// docs/contract.md, section 8, has the bounds, not the description. That a group's
	// message lies after the group's creation is not checked: the sandbox keeps no time
	// of it.
	if m.Timestamp < 1000 || kind == store.Group && m.Timestamp > s.Now().UnixMilli() {
		return m, errArgument("msg_timestamp must be a time in milliseconds, at least 1000, and in a group not later than now")
	}
	q.Body["type"] = json.RawMessage(strconv.Quote(q.Type))
	if q.Ext == nil {
		q.Ext = map[string]json.RawMessage{}
	}
	var err error
	m.Body, err = json.Marshal(map[string]any{"bodies": []any{q.Body}, "ext": q.Ext})
	if err != nil {
		return m, fmt.Errorf("storing an imported message: %w", err)
	}
	if len(m.Body) > maxMessage+len(`{"bodies":[],"ext":}`) {
		return m, refuse(http.StatusBadRequest, "illegal_argument", "a body and its ext must not be larger than 5 KB")
	}
	// A body that can't be encoded would make the conversation unreadable.
	var body wire.Body
	if err := body.Parse(m.Body); err != nil {
		return m, errBody("%v", err)
	}
	m.Kind = body.Kind
	return m, nil
}

func (s *service) participantsExist(c *call, m store.Message) error {
	if _, err := s.Store.FindUser(c.ctx, m.From); err != nil {
		return err
	}
	if m.Type == store.Chat {
		_, err := s.Store.FindUser(c.ctx, m.To)
		return err
	}
	_, err := s.Store.FindGroup(c.ctx, m.To)
	return err
}
