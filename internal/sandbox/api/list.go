package api

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// Page sizes of the conversation lists (docs/contract.md, section 2). The defaults
// are [inferred]; the vendor's client always sends its own.
const (
	maxNumberedPage = 20
	maxCursorPage   = 50
	defaultPage     = 10
)

func (s *service) listQuery(c *call) store.ListQuery {
	return store.ListQuery{User: c.user, Cap: listCap, Mark: -1}
}

func (s *service) listByPage(c *call) (any, error) {
	number, err := c.number("pageNum", math.MaxInt32, 1)
	if err != nil {
		return nil, err
	}
	size, err := c.number("pageSize", maxNumberedPage, defaultPage)
	if err != nil {
		return nil, err
	}
	q := s.listQuery(c)
	q.Limit = size
	q.Skip = min(number-1, q.Cap) * size
	return s.list(c, q, true)
}

func (s *service) listRecent(c *call) (any, error) {
	q := s.listQuery(c)
	q.Limit = recentCount
	q.Since = s.Now().Add(-recentAge).UnixMilli()
	return s.list(c, q, true)
}

func (s *service) listByCursor(c *call) (any, error) {
	q, err := s.cursorQuery(c)
	if err != nil {
		return nil, err
	}
	q.IncludeEmpty = c.flag("needEmptySession")
	q.PinnedOnly = c.flag("is_top")
	return s.list(c, q, false)
}

func (s *service) listByMark(c *call) (any, error) {
	q, err := s.cursorQuery(c)
	if err != nil {
		return nil, err
	}
	if q.Mark, err = markNumber(c.query().Get("mark")); err != nil {
		return nil, err
	}
	return s.list(c, q, false)
}

func (s *service) cursorQuery(c *call) (store.ListQuery, error) {
	q := s.listQuery(c)
	var err error
	if q.Limit, err = c.number("limit", maxCursorPage, defaultPage); err != nil {
		return q, err
	}
	if text := c.query().Get("cursor"); text != "" && text != "null" {
		if q.Cursor, err = store.ParseListCursor(text); err != nil {
			return q, errArgument("cursor is not one of this service's")
		}
	}
	return q, nil
}

func (s *service) list(c *call, q store.ListQuery, older bool) (any, error) {
	page, next, err := s.Store.List(c.ctx, q)
	if err != nil {
		return nil, err
	}
	infos := make([]map[string]any, 0, len(page))
	for _, e := range page {
		infos = append(infos, s.channelInfo(e, older))
	}
	cursor := ""
	if next != nil && !older {
		cursor = next.String()
	}
	return s.envelope(c, "get", map[string]any{
		"data":   map[string]any{"channel_infos": infos, "cursor": cursor},
		"params": params(c.query()),
	}), nil
}

func params(q url.Values) url.Values {
	delete(q, "_v")
	return q
}

// channelInfo returns an entry of a list. The older routes name it by its
// channel_id.
func (s *service) channelInfo(e store.Entry, older bool) map[string]any {
	marks := make([]string, len(e.Marks))
	for i, m := range e.Marks {
		marks[i] = "mark_" + strconv.Itoa(m)
	}
	info := map[string]any{
		"unread_num": e.Unread, "is_top": e.PinnedAt > 0, "update_top_status_time": e.PinnedAt,
		"marks": marks, "meta": s.meta(e.Last),
	}
	if older {
		info["channel_id"] = s.jidText(e.Peer, e.Type)
	} else {
		info["session_to"], info["session_type"] = e.Peer, e.Type.String()
	}
	return info
}

func domain(t store.ChatType) string {
	if t == store.Chat {
		return wire.UserDomain
	}
	return wire.ConferenceDomain
}

func (s *service) jidText(name string, t store.ChatType) string {
	return fmt.Sprintf("%s_%s@%s", s.Issuer.AppKey, name, domain(t))
}

// payload is the latest message in a list's meta.
type payload struct {
	From   string          `json:"from"`
	To     string          `json:"to"`
	Type   string          `json:"type"`
	Bodies json.RawMessage `json:"bodies"`
	Ext    json.RawMessage `json:"ext"`
}

// meta returns the latest message, {} if there is none. That from and to are whole
// JIDs is [inferred].
func (s *service) meta(m *store.Message) any {
	if m == nil {
		return struct{}{}
	}
	p := payload{From: m.From, To: m.To, Type: m.Type.String()}
	if err := json.Unmarshal(m.Body, &p); err != nil {
		s.Log("message %d can't be shown on a list: %v", m.ID, err)
	}
	if p.Bodies == nil {
		p.Bodies = json.RawMessage("[]")
	}
	if p.Ext == nil {
		p.Ext = json.RawMessage("{}")
	}
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		s.Log("message %d can't be shown on a list: %v", m.ID, err)
	}
	return map[string]any{
		"id": strconv.FormatUint(m.ID, 10), "from": s.jidText(m.From, store.Chat), "to": s.jidText(m.To, m.Type),
		"timestamp": m.Timestamp, "payload": strings.TrimSuffix(text.String(), "\n"),
	}
}

// markNumber reads mark_0 to mark_19. The descriptions are those of docs/contract.md,
// section 2; the word is [inferred].
func markNumber(text string) (int, error) {
	if text == "" {
		return 0, errArgument("param mark must be not empty, please check!")
	}
	i := slices.Index(markNames(), text)
	if i < 0 {
		return 0, errArgument("param mark illegal, please check it!")
	}
	return i, nil
}

func markNames() []string {
	names := make([]string, 20)
	for i := range names {
		names[i] = "mark_" + strconv.Itoa(i)
	}
	return names
}
