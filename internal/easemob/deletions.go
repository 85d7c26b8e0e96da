package easemob

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// DeleteMessages deletes 1 to 50 messages from the user's history
// (docs/contract.md, section 4).
func (c *Client) DeleteMessages(ctx context.Context, ref roaming.Ref, ids []roaming.MessageID, notify bool) error {
	what := fmt.Sprintf("deleting %d messages from %s", len(ids), ref)
	if len(ids) == 0 || len(ids) > roaming.MaxDeleteIDs {
		return fault.New(fault.Usage, "%s: one call takes 1 to %d message IDs", what, roaming.MaxDeleteIDs)
	}
	list := make([]string, len(ids))
	for i, id := range ids {
		if id == 0 {
			return fault.New(fault.Usage, "%s: 0 is not a message ID", what)
		}
		list[i] = id.String()
	}
	return c.deleteHistory(ctx, what, ref, "", notify, "msgIdList", strings.Join(list, ","))
}

// DeleteMessagesBefore deletes the user's messages up to and including the
// millisecond of t (docs/contract.md, section 4).
func (c *Client) DeleteMessagesBefore(ctx context.Context, ref roaming.Ref, t time.Time, notify bool) error {
	what := "deleting old messages from " + ref.String()
	if t.UnixMilli() <= 0 {
		return fault.New(fault.Usage, "%s: the time must be after 1970", what)
	}
	return c.deleteHistory(ctx, what, ref, "/time", notify, "delTime", strconv.FormatInt(t.UnixMilli(), 10))
}

func (c *Client) deleteHistory(ctx context.Context, what string, ref roaming.Ref, suffix string, notify bool, by, value string) error {
	if ref.Conversation == "" {
		return noConversation(what)
	}
	route, peer := "group", "groupId" // rooms too
	if ref.Type == roaming.Chat {
		route, peer = "chat", "userId"
	}
	k := deletion(what, http.MethodDelete, "/rest/message/roaming/"+route+"/user/{user}"+suffix, ref.User)
	k.query = url.Values{peer: {ref.Conversation}, by: {value}, "isNotify": {strconv.FormatBool(notify)}}
	return c.delete(ctx, k)
}

// DeleteEverything deletes all roaming messages and conversations of a user
// (docs/contract.md, section 4).
func (c *Client) DeleteEverything(ctx context.Context, user string) error {
	k := deletion("deleting everything of "+user, http.MethodPost, "/rest/message/roaming/user/{user}/delete/all", user)
	k.once = true
	return c.delete(ctx, k)
}

type conversationDeletion struct {
	Channel    string `json:"channel"`
	Type       string `json:"type"`
	DeleteRoam bool   `json:"delete_roam"`
}

// DeleteConversation deletes a conversation from the user's list, with
// withMessages its history too (docs/contract.md, section 5).
func (c *Client) DeleteConversation(ctx context.Context, ref roaming.Ref, withMessages bool) error {
	what := fmt.Sprintf("deleting %s's conversation %s", ref.User, ref.Conversation)
	wireType, ok := map[roaming.ChatType]string{roaming.Chat: "chat", roaming.Group: "groupchat"}[ref.Type]
	if !ok {
		return fault.New(fault.Usage, "%s: only chats and groups are on a list, not a %s", what, ref.Type)
	}
	if ref.Conversation == "" {
		return noConversation(what)
	}
	k := deletion(what, http.MethodDelete, "/users/{user}/user_channel", ref.User)
	k.body, k.once = conversationDeletion{ref.Conversation, wireType, withMessages}, withMessages
	k.family, k.user = limiter.FamilyDeleteConversation, ref.User
	return c.delete(ctx, k)
}

func deletion(what, method, path, user string) call {
	return call{
		what: what, method: method, path: path, params: map[string]string{"user": user},
		as: asApp(), idempotent: true, changes: true, family: limiter.FamilyDelete,
	}
}

// delete makes a deletion. A 200 without the word ok has not deleted.
func (c *Client) delete(ctx context.Context, k call) error {
	var a struct {
		Status text `json:"requestStatusCode"` // of messages
		Data   struct {
			Result text    `json:"result"` // of a conversation
			Ignore skipped `json:"ignore"`
		} `json:"data"`
	}
	if err := c.do(ctx, k, &a); err != nil {
		return err
	}
	if len(a.Data.Ignore) > 0 {
		f := fault.New(fault.Refused, "%s: the service skipped %s", k.what, a.Data.Ignore)
		f.Status = http.StatusOK
		return c.secrets.Error(f.WithHint("check that the conversation is on the user's list, and its type"))
	}
	word := a.Status
	if k.family == limiter.FamilyDeleteConversation {
		word = a.Data.Result
	}
	if strings.EqualFold(string(word), "ok") {
		return nil
	}
	f := fault.New(fault.Refused, "%s: the service answers %q instead of ok", k.what, clip(string(word), 100))
	f.Status, f.ServiceError = http.StatusOK, clip(string(word), 100)
	return c.secrets.Error(f)
}

func noConversation(what string) error {
	return fault.New(fault.Usage, "%s: the conversation's ID is missing", what)
}
