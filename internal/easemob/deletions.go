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

// deletionAnswer is the answer of section 4's routes.
type deletionAnswer struct {
	RequestStatusCode text `json:"requestStatusCode"`
}

// DeleteMessages deletes 1 to 50 messages from the user's history (contract,
// section 4).
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
// millisecond that t is in (contract, section 4).
func (c *Client) DeleteMessagesBefore(ctx context.Context, ref roaming.Ref, t time.Time, notify bool) error {
	what := "deleting old messages from " + ref.String()
	if t.UnixMilli() <= 0 {
		return fault.New(fault.Usage, "%s: the time has to be after 1970", what)
	}
	return c.deleteHistory(ctx, what, ref, "/time", notify, "delTime", strconv.FormatInt(t.UnixMilli(), 10))
}

func (c *Client) deleteHistory(ctx context.Context, what string, ref roaming.Ref, suffix string, notify bool, by, value string) error {
	if ref.Conversation == "" {
		return fault.New(fault.Usage, "%s: the conversation's ID is missing", what)
	}
	route, peer := "group", "groupId" // rooms too
	if ref.Type == roaming.Chat {
		route, peer = "chat", "userId"
	}
	return c.delete(ctx, call{
		what: what, method: http.MethodDelete, path: "/rest/message/roaming/" + route + "/user/{user}" + suffix,
		params: map[string]string{"user": ref.User},
		query:  url.Values{peer: {ref.Conversation}, by: {value}, "isNotify": {strconv.FormatBool(notify)}},
	})
}

// DeleteEverything deletes all of a user's roaming messages and conversations
// (contract, section 4).
func (c *Client) DeleteEverything(ctx context.Context, user string) error {
	return c.delete(ctx, call{
		what:   "deleting everything of " + user,
		method: http.MethodPost, path: "/rest/message/roaming/user/{user}/delete/all",
		params: map[string]string{"user": user},
		once:   true,
	})
}

// delete makes one of section 4's calls: idempotent, as the app.
func (c *Client) delete(ctx context.Context, k call) error {
	k.as, k.idempotent, k.changes, k.family = asApp(), true, true, limiter.FamilyDelete
	var a deletionAnswer
	if err := c.do(ctx, k, &a); err != nil {
		return err
	}
	return c.secrets.Error(accepted(k.what, a.RequestStatusCode))
}

type conversationDeletion struct {
	Channel    string `json:"channel"`
	Type       string `json:"type"`
	DeleteRoam bool   `json:"delete_roam"`
}

// DeleteConversation takes a conversation off the user's list, with
// withMessages its history too (contract, section 5).
func (c *Client) DeleteConversation(ctx context.Context, ref roaming.Ref, withMessages bool) error {
	what := fmt.Sprintf("deleting %s's conversation %s", ref.User, ref.Conversation)
	wireType, ok := map[roaming.ChatType]string{roaming.Chat: "chat", roaming.Group: "groupchat"}[ref.Type]
	if !ok {
		return fault.New(fault.Usage, "%s: only chats and groups are on a list, not a %s", what, ref.Type)
	}
	if ref.Conversation == "" {
		return fault.New(fault.Usage, "%s: the conversation's ID is missing", what)
	}
	var a struct {
		Data struct {
			Result text `json:"result"`
		} `json:"data"`
	}
	err := c.do(ctx, call{
		what: what, method: http.MethodDelete, path: "/users/{user}/user_channel",
		params: map[string]string{"user": ref.User},
		body:   conversationDeletion{ref.Conversation, wireType, withMessages},
		as:     asApp(), idempotent: true, changes: true, once: withMessages,
		family: limiter.FamilyUnlist, user: ref.User,
	}, &a)
	if err != nil {
		return err
	}
	return c.secrets.Error(accepted(what, a.Data.Result))
}

// accepted checks the word in a deletion's answer: a 200 that says anything
// but ok has not deleted.
func accepted(what string, word text) error {
	if strings.EqualFold(string(word), "ok") {
		return nil
	}
	f := fault.New(fault.Refused, "%s: the service answers %q instead of ok", what, clip(string(word), 100))
	f.Status, f.ServiceError = http.StatusOK, clip(string(word), 100)
	return f
}
