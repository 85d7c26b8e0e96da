package easemob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// recallRequest is a message to recall (docs/contract.md, section 9).
type recallRequest struct {
	ID       string `json:"msg_id"`
	To       string `json:"to"`
	From     string `json:"from"`
	ChatType string `json:"chat_type"`
	Force    bool   `json:"force"`
}

// recallBatch is the body of a batch.
type recallBatch struct {
	Messages []recallRequest `json:"msgs"`
}

// recallAnswer is the service's answer for one message.
type recallAnswer struct {
	ID       text `json:"msg_id"`
	Recalled text `json:"recalled"`
}

// Recall recalls 1 to 30 messages (docs/contract.md, section 9). What the service
// answers for a message of a batch that it does not recall is unknown, so Recall asks
// again for each message that a batch does not confirm, which also gives the reason.
func (c *Client) Recall(ctx context.Context, ref roaming.Ref, messages []roaming.Sent, force bool) (map[roaming.MessageID]error, error) {
	requests, err := recallRequests(ref, messages, force)
	if err != nil {
		return nil, err
	}
	done := map[roaming.MessageID]bool{}
	if len(requests) > 1 {
		if done, err = c.recallBatch(ctx, ref, requests); err != nil {
			return nil, err
		}
	}
	refused := map[roaming.MessageID]error{}
	var stop error
	for i, m := range messages {
		if done[m.ID] {
			continue
		}
		if stop == nil {
			err = c.recallOne(ctx, ref, requests[i])
		}
		if err != nil {
			refused[m.ID] = err
		}
		if fault.KindOf(err) == fault.Auth || roaming.IsNotSent(err) {
			stop = err // the others would meet it too
		}
	}
	if stop != nil && len(refused) == len(messages) {
		return nil, stop
	}
	return refused, nil
}

func recallRequests(ref roaming.Ref, messages []roaming.Sent, force bool) ([]recallRequest, error) {
	what := "recalling messages from " + ref.String()
	chatType := typeOnWire(ref.Type)
	switch {
	case len(messages) == 0 || len(messages) > roaming.MaxRecalls:
		return nil, fault.New(fault.Usage, "%s: one call takes 1 to %d messages", what, roaming.MaxRecalls)
	case ref.Conversation == "":
		return nil, noConversation(what)
	case chatType == "":
		return nil, fault.New(fault.Usage, "%s: unknown chat type %q", what, ref.Type)
	}
	requests := make([]recallRequest, len(messages))
	for i, m := range messages {
		if m.ID == 0 || m.From == "" {
			return nil, fault.New(fault.Usage, "%s: message %s has no ID or no sender", what, m.ID)
		}
		requests[i] = recallRequest{ID: m.ID.String(), To: ref.Conversation, From: m.From, ChatType: chatType, Force: force}
		if ref.Type == roaming.Chat && m.From != ref.User {
			requests[i].To = ref.User
		}
	}
	return requests, nil
}

// typeOnWire returns the name of a chat type in a request; "" for none.
func typeOnWire(t roaming.ChatType) string {
	return map[roaming.ChatType]string{roaming.Chat: "chat", roaming.Group: "groupchat", roaming.Room: "chatroom"}[t]
}

// recallBatch recalls messages with one call and returns those that the service
// confirms. It confirms none if the service refuses the call because of one of them.
func (c *Client) recallBatch(ctx context.Context, ref roaming.Ref, requests []recallRequest) (map[roaming.MessageID]bool, error) {
	var a struct {
		Data json.RawMessage `json:"data"`
	}
	what := fmt.Sprintf("recalling %d messages from %s", len(requests), ref)
	err := c.do(ctx, recall(what, "/messages/batch_recall", recallBatch{requests}), &a)
	done := map[roaming.MessageID]bool{}
	if f, ok := errors.AsType[*fault.Error](err); ok && strings.EqualFold(f.ServiceError, "message_recall_error") {
		return done, nil
	}
	if err != nil {
		return nil, err
	}
	var answers []recallAnswer
	if unmarshal(a.Data, &answers) != nil {
		return done, nil //nolint:nilerr // an answer of another form confirms nothing
	}
	for _, answer := range answers {
		if id, err := roaming.ParseMessageID(string(answer.ID)); err == nil && answer.yes() {
			done[id] = true
		}
	}
	return done, nil
}

// recallOne recalls a message. A 200 without the word yes has not recalled.
func (c *Client) recallOne(ctx context.Context, ref roaming.Ref, request recallRequest) error {
	var a struct {
		Data recallAnswer `json:"data"`
	}
	what := fmt.Sprintf("recalling message %s from %s", request.ID, ref)
	if err := c.do(ctx, recall(what, "/messages/msg_recall", request), &a); err != nil {
		return err
	}
	if a.Data.yes() {
		return nil
	}
	f := fault.New(fault.Refused, "%s: the service answers %q instead of yes", what, clip(string(a.Data.Recalled), 100))
	f.Status, f.ServiceError = http.StatusOK, clip(string(a.Data.Recalled), 100)
	return c.secrets.Error(f)
}

func (a recallAnswer) yes() bool { return strings.EqualFold(string(a.Recalled), "yes") }

// recall is a call that may be repeated: a message that is recalled already is not
// found then.
func recall(what, path string, body any) call {
	return call{
		what: what, method: http.MethodPost, path: path, body: body,
		as: asApp(), idempotent: true, changes: true, family: limiter.FamilyRecall,
	}
}
