package easemob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// historyRequest is the body of POST /users/{user}/messageroaming
// (docs/contract.md, section 3).
type historyRequest struct {
	Queue      string   `json:"queue"`
	Start      string   `json:"start"`
	End        int      `json:"end"` // always -1
	PullNumber int      `json:"pull_number"`
	IsPositive bool     `json:"is_positive"`
	MsgType    string   `json:"msgType,omitempty"`
	StartTime  int64    `json:"startTime,omitempty"`
	EndTime    int64    `json:"endTime,omitempty"`
	UserID     string   `json:"userId,omitempty"`
	UserIDs    []string `json:"userIds,omitempty"`
}

// History reads a conversation's messages (docs/contract.md, section 3), a page
// at a time, each when the caller wants it. A message with the same bytes as an
// earlier one is dropped; one without an ID never is.
func (c *Client) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	what := "reading " + ref.String()
	request := newHistoryRequest(ref, q)
	return listing[roaming.Message]{
		secrets: c.secrets, err: checkHistory(what, ref, q),
		what: what, start: q.Start, limit: q.Limit, size: q.PageSize, maxSize: roaming.MaxHistoryPage,
		fetch: func(ctx context.Context, at roaming.Cursor, size int) (wirePage, error) {
			request.Start, request.PullNumber = string(at), size
			return c.historyPage(ctx, what, ref, request, q.UserView)
		},
		decode: func(raw []byte) (roaming.Message, []byte, error) {
			m, err := decodeHistoryItem(raw, ref, q.KeepRaw)
			if err != nil || m.ID == 0 {
				return m, nil, err
			}
			return m, raw, nil
		},
	}.pages(ctx)
}

func checkHistory(what string, ref roaming.Ref, q roaming.HistoryQuery) error {
	if ref.Conversation == "" {
		return noConversation(what)
	}
	if len(q.Senders) > 0 && ref.Type != roaming.Group {
		return fault.New(fault.Usage, "%s: only a group's history can be filtered by sender", what)
	}
	return nil
}

func newHistoryRequest(ref roaming.Ref, q roaming.HistoryQuery) historyRequest {
	domain := groupDomain
	if ref.Type == roaming.Chat {
		domain = userDomain
	}
	kinds := make([]string, len(q.Kinds))
	for i, k := range q.Kinds {
		kinds[i] = string(k)
	}
	r := historyRequest{
		Queue:      ref.Conversation + "@" + domain,
		Start:      string(q.Start),
		End:        -1,
		IsPositive: q.Direction == roaming.Down,
		MsgType:    strings.Join(kinds, ","),
		StartTime:  millisAfter(q.Since),
		EndTime:    millis(q.Until),
	}
	if len(q.Senders) == 1 {
		r.UserID = q.Senders[0]
	} else {
		r.UserIDs = q.Senders
	}
	return r
}

// millis returns the millisecond of t; 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// millisAfter returns the first millisecond that does not begin before t.
func millisAfter(t time.Time) int64 {
	ms := millis(t)
	if ms != 0 && time.UnixMilli(ms).Before(t) {
		ms++
	}
	return ms
}

func (c *Client) historyPage(ctx context.Context, what string, ref roaming.Ref, r historyRequest, userView bool) (wirePage, error) {
	var a historyAnswer
	err := c.read(ctx, call{
		what: what, method: http.MethodPost, path: "/users/{user}/messageroaming",
		params: map[string]string{"user": ref.User}, body: r,
		idempotent: true, // a read, POST or not
		history:    true,
	}, ref.User, userView, &a)
	if err == nil && (a.Data == nil || a.Data.Msgs == nil) {
		err = noData(what)
	}
	if err != nil {
		return wirePage{}, err
	}
	return wirePage{entries: a.Data.Msgs, next: roaming.Cursor(a.Data.NextKey), last: bool(a.Data.IsLast)}, nil
}

// historyAnswer is the answer of docs/contract.md, section 3.
type historyAnswer struct {
	Data *struct {
		Msgs    entries `json:"msgs"`
		IsLast  flag    `json:"is_last"`
		NextKey text    `json:"next_key"`
	} `json:"data"`
}

func decodeHistoryItem(raw []byte, ref roaming.Ref, keepRaw bool) (roaming.Message, error) {
	if len(raw) > maxItem {
		return roaming.Message{}, fmt.Errorf("it has more than %d kB", maxItem>>10)
	}
	encoded, err := itemText(raw)
	if err != nil {
		return roaming.Message{}, err
	}
	return decodeMeta(encoded, ref, keepRaw)
}

// itemText returns the base64 in an item, {"msg":"..."}.
func itemText(raw []byte) ([]byte, error) {
	if text, ok := bytes.CutPrefix(raw, []byte(`{"msg":"`)); ok { // as the service writes it
		if text, ok = bytes.CutSuffix(text, []byte(`"}`)); ok && bytes.IndexByte(text, '"') < 0 && bytes.IndexByte(text, '\\') < 0 {
			return text, nil
		}
	}
	var item struct {
		Msg *string `json:"msg"`
	}
	if err := unmarshal(raw, &item); err != nil {
		return nil, err
	}
	if item.Msg == nil {
		return nil, errors.New("it has no msg")
	}
	return []byte(*item.Msg), nil
}

// noData is the error for a 200 without the data of docs/contract.md: it is not
// an empty list.
func noData(what string) error {
	return fault.New(fault.Network, "%s: the answer holds no data", what).WithHint(notTheService)
}
