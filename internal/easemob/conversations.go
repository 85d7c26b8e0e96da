package easemob

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

type conversationsAnswer struct {
	Data *struct {
		ChannelInfos []json.RawMessage `json:"channel_infos"`
		Cursor       text              `json:"cursor"`
	} `json:"data"`
}

// Conversations lists by cursor (contract, section 2), a page at a time. The
// next page is asked for when the caller wants it.
func (c *Client) Conversations(ctx context.Context, owner string, q roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		l, err := newListing(listingOf(owner), q.Cursor, q.Limit, q.PageSize, roaming.MaxListPage)
		if err != nil {
			yield(roaming.Page[roaming.Conversation]{}, err)
			return
		}
		cursor := q.Cursor
		for more := true; more; {
			query := url.Values{
				"limit":            {strconv.Itoa(l.ask())},
				"cursor":           {string(cursor)},
				"need_mark":        {"true"},
				"needEmptySession": {strconv.FormatBool(q.IncludeEmpty)},
			}
			if q.PinnedOnly {
				query.Set("is_top", "true")
			}
			page, err := c.conversationPage(ctx, owner, "/sdk/user/{user}/user_channels/list", query, l.page+1)
			if err != nil {
				yield(page, err)
				return
			}
			cursor = page.Next
			// The service can't select by type. A page never holds more
			// than is still wanted, so the cursor stays exact.
			page.Items = roaming.OfType(page.Items, q.Type)
			more, err = l.took(listed(page), page.Next, page.Next == "")
			if !yield(page, nil) {
				return
			}
			if err != nil {
				yield(roaming.Page[roaming.Conversation]{}, err)
				return
			}
		}
	}
}

// ConversationsPage is a page of the numbered list (contract, section 2).
func (c *Client) ConversationsPage(ctx context.Context, owner string, number, size int) (roaming.Page[roaming.Conversation], error) {
	what := listingOf(owner)
	switch {
	case number < 1:
		return roaming.Page[roaming.Conversation]{}, fault.New(fault.Usage, "%s: pages are numbered from 1, there is none %d", what, number)
	case size < 1 || size > roaming.MaxNumberedListPage:
		return roaming.Page[roaming.Conversation]{}, fault.New(fault.Usage, "%s: the page size is 1 to %d, not %d", what, roaming.MaxNumberedListPage, size)
	}
	query := url.Values{"pageNum": {strconv.Itoa(number)}, "pageSize": {strconv.Itoa(size)}}
	page, err := c.conversationPage(ctx, owner, "/users/{user}/user_channels/page", query, number)
	page.Next = ""
	return page, err
}

// RecentConversations is the old, unpaged list (contract, section 2).
func (c *Client) RecentConversations(ctx context.Context, owner string) (roaming.Page[roaming.Conversation], error) {
	page, err := c.conversationPage(ctx, owner, "/users/{user}/user_channels", nil, 1)
	page.Next = ""
	return page, err
}

func listingOf(owner string) string { return "listing " + owner + "'s conversations" }

// listed is how many conversations a page has. One whose last message cannot
// be read is in both of its lists, under the same position.
func listed(page roaming.Page[roaming.Conversation]) int {
	n := len(page.Items)
	for _, bad := range page.Bad {
		if !bad.Listed {
			n++
		}
	}
	return n
}

func (c *Client) conversationPage(ctx context.Context, owner, path string, query url.Values, number int) (roaming.Page[roaming.Conversation], error) {
	var page roaming.Page[roaming.Conversation]
	var a conversationsAnswer
	err := c.do(ctx, call{
		what: listingOf(owner), method: http.MethodGet, path: path,
		params: map[string]string{"user": owner}, query: query, as: asUser(owner),
		idempotent: true, family: limiter.FamilyList, user: owner,
	}, &a)
	if err != nil {
		return page, err
	}
	if a.Data == nil {
		return page, noData(listingOf(owner))
	}
	page.Items = make([]roaming.Conversation, 0, len(a.Data.ChannelInfos))
	for i, raw := range a.Data.ChannelInfos {
		conversation, err := decodeConversation(raw, c.app)
		if err != nil {
			page.Bad = append(page.Bad, &roaming.ItemError{Page: number, Position: i + 1, Raw: string(raw), Err: err, Listed: conversation.ID != ""})
			if conversation.ID == "" {
				continue
			}
		}
		page.Items = append(page.Items, conversation)
	}
	page.Next = roaming.Cursor(a.Data.Cursor)
	return page, nil
}
