package api

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// maxHistoryPage is the size of a history page (docs/contract.md, section 3), and the
// default, which is [inferred].
const maxHistoryPage = 50

// historyRequest keeps raw what clients send in several forms: null, "" and absent
// are equal.
type historyRequest struct {
	Queue      string          `json:"queue"`
	Start      json.RawMessage `json:"start"`
	PullNumber json.RawMessage `json:"pull_number"`
	IsPositive *bool           `json:"is_positive"`
	MsgType    json.RawMessage `json:"msgType"`
	StartTime  json.RawMessage `json:"startTime"`
	EndTime    json.RawMessage `json:"endTime"`
	UserID     json.RawMessage `json:"userId"`
	UserIDs    json.RawMessage `json:"userIds"`
}

type historyItem struct {
	Msg []byte `json:"msg"` // base64 in JSON
}

// history answers POST /users/{user}/messageroaming (docs/contract.md, section 3).
// On the last page is_last is true and next_key "" [inferred]: a client that uses
// next_key alone ends there too. The ID of any message is a valid start.
func (s *service) history(c *call) (any, error) {
	var in historyRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	q, err := in.query(c.user)
	if err != nil {
		return nil, err
	}
	if q.Ref.Conference {
		if err := s.checkRoomsOpen(c, q.Ref.Peer); err != nil {
			return nil, err
		}
	}
	page, last, err := s.Store.History(c.ctx, q)
	if err != nil {
		return nil, err
	}
	items := make([]historyItem, 0, len(page))
	for _, m := range page {
		b, err := s.encoded.encode(s.Issuer.AppKey, m)
		if err != nil {
			return nil, err
		}
		items = append(items, historyItem{b})
	}
	next := ""
	if !last {
		next = strconv.FormatUint(page[len(page)-1].ID, 10)
	}
	return s.envelope(c, "post", map[string]any{
		"data": map[string]any{"msgs": items, "is_last": last, "next_key": next},
	}), nil
}

func (in historyRequest) query(user string) (store.HistoryQuery, error) {
	q := store.HistoryQuery{Down: in.IsPositive != nil && *in.IsPositive, Limit: maxHistoryPage}
	name, domain, _ := strings.Cut(in.Queue, "@")
	q.Ref = store.Ref{User: user, Peer: name, Conference: domain == wire.ConferenceDomain}
	if name == "" || (domain != wire.UserDomain && !q.Ref.Conference) {
		return q, errArgument("queue must be {user}@%s or {group}@%s", wire.UserDomain, wire.ConferenceDomain)
	}
	if text := scalar(in.Start); text != "" && text != "-1" {
		id, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return q, errArgument("start must be a message ID")
		}
		q.Start = &id
	}
	if text := scalar(in.PullNumber); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxHistoryPage {
			return q, errArgument("pull_number must be from 1 to %d", maxHistoryPage)
		}
		q.Limit = n
	}
	err := in.filters(&q)
	return q, err
}

func (in historyRequest) filters(q *store.HistoryQuery) (err error) {
	if q.Since, err = millis("startTime", in.StartTime); err != nil {
		return err
	}
	if q.Until, err = millis("endTime", in.EndTime); err != nil {
		return err
	}
	q.Kinds = texts(in.MsgType)
	for _, k := range q.Kinds {
		if !slices.Contains(store.Kinds(), k) {
			return errArgument("msgType %q is unknown", k)
		}
	}
	if q.Ref.Conference { // only groups have senders
		q.Senders = append(texts(in.UserID), texts(in.UserIDs)...)
	}
	return nil
}

// scalar returns a JSON string or number as text, "" for null and absent.
func scalar(raw json.RawMessage) string {
	text := string(raw)
	if text == "null" {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return text
}

// millis reads an optional time; 0 and -1 mean none.
func millis(name string, raw json.RawMessage) (int64, error) {
	text := scalar(raw)
	if text == "" || text == "-1" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, errArgument("%s must be a time in milliseconds", name)
	}
	return n, nil
}

// texts reads an optional list: an array of strings, or one text with commas.
func texts(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		list = strings.Split(scalar(raw), ",")
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}
