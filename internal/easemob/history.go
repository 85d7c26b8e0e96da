package easemob

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// historyRequest is the body of POST /users/{user}/messageroaming (contract,
// section 3).
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

type historyAnswer struct {
	Data *historyData `json:"data"`
}

type historyData struct {
	Msgs    []json.RawMessage `json:"msgs"`
	IsLast  flag              `json:"is_last"`
	NextKey text              `json:"next_key"`
}

// History reads a conversation's messages (contract, section 3), a page at a
// time. The next page is asked for when the caller wants it.
func (c *Client) History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error] {
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		what := "reading " + ref.String()
		l, err := newListing(what, q.Start, q.Limit, q.PageSize, roaming.MaxHistoryPage)
		if err == nil {
			err = checkHistory(what, ref, q)
		}
		if err != nil {
			yield(roaming.Page[roaming.Message]{}, err)
			return
		}
		request := newHistoryRequest(ref, q)
		for more := true; more; {
			request.PullNumber = l.ask()
			page, last, err := c.historyPage(ctx, what, ref, request, l.page+1, q.KeepRaw)
			if err != nil {
				yield(page, err)
				return
			}
			request.Start = string(page.Next)
			more, err = l.took(len(page.Items)+len(page.Bad), page.Next, last)
			if !yield(page, nil) {
				return
			}
			if err != nil {
				yield(roaming.Page[roaming.Message]{}, err)
				return
			}
		}
	}
}

func checkHistory(what string, ref roaming.Ref, q roaming.HistoryQuery) error {
	if ref.Conversation == "" {
		return fault.New(fault.Usage, "%s: the conversation's ID is missing", what)
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

// millis is the millisecond that t is in; 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// millisAfter is the first full millisecond that is not before t.
func millisAfter(t time.Time) int64 {
	ms := millis(t)
	if ms != 0 && time.UnixMilli(ms).Before(t) {
		ms++
	}
	return ms
}

func (c *Client) historyPage(ctx context.Context, what string, ref roaming.Ref, r historyRequest, number int, keepRaw bool) (page roaming.Page[roaming.Message], last bool, err error) {
	var a historyAnswer
	err = c.do(ctx, call{
		what: what, method: http.MethodPost, path: "/users/{user}/messageroaming",
		params: map[string]string{"user": ref.Owner}, body: r, as: asUser(ref.Owner),
		idempotent: true, // a read, POST or not
	}, &a)
	if err != nil {
		return page, false, err
	}
	if a.Data == nil {
		return page, false, noData(what)
	}
	page.Items = make([]roaming.Message, 0, len(a.Data.Msgs))
	for i, raw := range a.Data.Msgs {
		m, err := decodeHistoryItem(raw, ref, keepRaw)
		if err != nil {
			page.Bad = append(page.Bad, &roaming.ItemError{Page: number, Position: i + 1, Raw: string(raw), Err: err})
			continue
		}
		page.Items = append(page.Items, m)
	}
	if !a.Data.IsLast {
		page.Next = roaming.Cursor(a.Data.NextKey)
	}
	return page, bool(a.Data.IsLast), nil
}

func decodeHistoryItem(raw json.RawMessage, ref roaming.Ref, keepRaw bool) (roaming.Message, error) {
	if encoded, ok := quickItem(raw); ok {
		return decodeEncoded(encoded, ref, keepRaw)
	}
	var item struct {
		Msg string `json:"msg"`
	}
	if err := json.Unmarshal(raw, &item); err != nil {
		return roaming.Message{}, err
	}
	return decodeMeta(item.Msg, ref, keepRaw)
}

// noData is the error for a 200 without the part that the contract promises.
func noData(what string) error {
	return fault.New(fault.Network, "%s: the answer holds no data", what).
		WithHint("check the host setting, and whether a proxy answers in the service's place")
}
