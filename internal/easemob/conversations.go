package easemob

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Conversations lists by cursor (docs/contract.md, section 2), a page at a time,
// each requested when the caller wants it.
func (c *Client) Conversations(ctx context.Context, user string, q roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error] {
	read := 0 // before the selection by type
	pages := listing[roaming.Conversation]{
		secrets: c.secrets,
		what:    listingOf(user), start: q.Cursor, limit: q.Limit, size: q.PageSize, maxSize: roaming.MaxListPage,
		fetch: func(ctx context.Context, at roaming.Cursor, size int) (wirePage, error) {
			query := url.Values{
				"limit":            {strconv.Itoa(size)},
				"cursor":           {string(at)},
				"need_mark":        {"true"},
				"needEmptySession": {strconv.FormatBool(q.IncludeEmpty)},
			}
			if q.PinnedOnly {
				query.Set("is_top", "true")
			}
			return c.conversationPage(user, "/sdk/user/{user}/user_channels/list", query, func(k call, out any) error {
				k.as = asUser(user)
				return c.do(ctx, k, out)
			})
		},
		decode: c.decodeListed,
		// The service cannot select by type. A page never holds more than is
		// still wanted, so the cursor stays exact.
		only: func(listed roaming.Conversation) bool {
			read++
			return q.Type == "" || listed.Type == q.Type
		},
	}.pages(ctx)
	if q.Cursor != "" || q.PinnedOnly {
		return pages
	}
	return func(yield func(roaming.Page[roaming.Conversation], error) bool) {
		read = 0
		for page, err := range pages {
			for _, bad := range page.Bad {
				if !bad.Listed {
					read++
				}
			}
			if err == nil && page.Next == "" {
				c.fullLists.note(user, read)
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// ConversationsPage returns a page of the numbered list (docs/contract.md,
// section 2).
func (c *Client) ConversationsPage(ctx context.Context, user string, number, size int) (roaming.Page[roaming.Conversation], error) {
	what := listingOf(user)
	switch {
	case number < 1:
		return roaming.Page[roaming.Conversation]{}, fault.New(fault.Usage, "%s: the page number is 1 or more, not %d", what, number)
	case size < 1 || size > roaming.MaxNumberedListPage:
		return roaming.Page[roaming.Conversation]{}, fault.New(fault.Usage, "%s: the page size is 1 to %d, not %d", what, roaming.MaxNumberedListPage, size)
	}
	query := url.Values{"pageNum": {strconv.Itoa(number)}, "pageSize": {strconv.Itoa(size)}}
	return c.onePage(ctx, user, "/users/{user}/user_channels/page", query, number)
}

// RecentConversations returns the old, unpaged list (docs/contract.md, section 2).
func (c *Client) RecentConversations(ctx context.Context, user string) (roaming.Page[roaming.Conversation], error) {
	return c.onePage(ctx, user, "/users/{user}/user_channels", nil, 1)
}

func listingOf(user string) string { return "listing " + user + "'s conversations" }

// onePage reads one of the older routes, which have no cursor.
func (c *Client) onePage(ctx context.Context, user, path string, query url.Values, number int) (roaming.Page[roaming.Conversation], error) {
	wire, err := c.conversationPage(user, path, query, func(k call, out any) error {
		return c.read(ctx, k, user, false, out)
	})
	if err != nil {
		return roaming.Page[roaming.Conversation]{}, err
	}
	wire.last = true
	seen := newRepeats(listingOf(user), "")
	seen.page = number - 1
	l := listing[roaming.Conversation]{secrets: c.secrets, decode: c.decodeListed}
	return l.read(wire, seen)
}

type conversationsAnswer struct {
	Data *struct {
		ChannelInfos entries `json:"channel_infos"`
		Cursor       text    `json:"cursor"`
		Ignore       skipped `json:"ignore"`
	} `json:"data"`
}

// conversationPage requests a page by do.
func (c *Client) conversationPage(user, path string, query url.Values, do func(call, any) error) (wirePage, error) {
	var a conversationsAnswer
	err := do(call{
		what: listingOf(user), method: http.MethodGet, path: path,
		params: map[string]string{"user": user}, query: query,
		idempotent: true, family: limiter.FamilyList, user: user,
	}, &a)
	if err == nil && (a.Data == nil || a.Data.ChannelInfos == nil) {
		err = noData(listingOf(user))
	}
	if err != nil {
		return wirePage{}, err
	}
	if len(a.Data.Ignore) > 0 && c.tokens.warn != nil {
		c.tokens.warn(fmt.Errorf("%s: the service skipped %s", listingOf(user), a.Data.Ignore))
	}
	return wirePage{entries: a.Data.ChannelInfos, next: roaming.Cursor(a.Data.Cursor), last: a.Data.Cursor == ""}, nil
}

// decodeListed reads an entry. Its key is type and ID: the rest changes while the
// list is read.
func (c *Client) decodeListed(raw []byte) (roaming.Conversation, []byte, error) {
	conversation, err := decodeConversation(raw, c.app)
	if conversation.ID == "" {
		return conversation, nil, err
	}
	return conversation, []byte(string(conversation.Type) + " " + conversation.ID), err
}

// channelInfo is an entry of a conversation list (docs/contract.md, section 2).
// The last message is read apart: an error in it does not lose the entry.
type channelInfo struct {
	SessionTo           text           `json:"session_to"`
	SessionType         text           `json:"session_type"`
	ChannelID           text           `json:"channel_id"`
	UnreadNum           integer        `json:"unread_num"`
	IsTop               flag           `json:"is_top"`
	UpdateTopStatusTime moment         `json:"update_top_status_time"`
	Marks               []text         `json:"marks"`
	Meta                jsontext.Value `json:"meta"`
}

// decodeConversation reads an entry. If only its last message cannot be read, it
// returns the conversation without it, and an error.
func decodeConversation(raw []byte, app appKey) (roaming.Conversation, error) {
	var info channelInfo
	if err := unmarshal(raw, &info); err != nil {
		return roaming.Conversation{}, err
	}
	id, chatType, err := info.peer(app)
	if err != nil {
		return roaming.Conversation{}, err
	}
	conversation := roaming.Conversation{
		ID:     id,
		Type:   chatType,
		Unread: int(info.UnreadNum),
		Pinned: bool(info.IsTop),
		Marks:  make([]string, len(info.Marks)),
	}
	for i, mark := range info.Marks {
		conversation.Marks[i] = string(mark)
	}
	if conversation.Pinned {
		conversation.PinnedAt, conversation.RawPinnedAt = info.UpdateTopStatusTime.at, info.UpdateTopStatusTime.raw
	}
	message, err := decodeLastMessage(info.Meta, conversation, app)
	if err != nil {
		return conversation, fmt.Errorf("the last message: %w", err)
	}
	if message != nil {
		conversation.LastMessage, conversation.LastActive = message, message.Timestamp
	}
	return conversation, nil
}

// peer returns the conversation's ID and type, from session_to or from the older
// routes' channel_id, {org}#{app}_{peer}@{domain}.
func (info channelInfo) peer(app appKey) (string, roaming.ChatType, error) {
	if info.SessionTo != "" {
		if chatType, err := roaming.ParseChatType(string(info.SessionType)); err == nil || info.ChannelID == "" {
			return string(info.SessionTo), chatType, err
		}
	}
	id, chatType := parseJID(string(info.ChannelID), app)
	if id == "" || chatType == "" {
		return "", "", fmt.Errorf("neither session_to nor a valid channel_id: %q", clip(string(info.ChannelID), 100))
	}
	return id, chatType, nil
}

// Domains of a JID (docs/contract.md, sections 2 and 3).
const (
	userDomain  = "easemob.com"
	groupDomain = "conference.easemob.com" // groups and chat rooms
)

// parseJID splits {org}#{app}_{name}@{domain}[/{resource}] into its name and, by
// the domain, its chat type; "" for an unknown domain. Names may hold _ and @.
func parseJID(jid string, app appKey) (name string, chatType roaming.ChatType) {
	name = strings.TrimPrefix(jid, app.String()+"_")
	for _, of := range []struct {
		domain   string
		chatType roaming.ChatType
	}{{groupDomain, roaming.Group}, {userDomain, roaming.Chat}} {
		i := strings.LastIndex(name, "@"+of.domain)
		if i < 0 {
			continue
		}
		if rest := name[i+1+len(of.domain):]; rest == "" || rest[0] == '/' {
			return name[:i], of.chatType
		}
	}
	return name, ""
}
