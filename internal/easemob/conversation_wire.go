package easemob

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/roaming"
)

// channelInfo is one entry of a conversation list (contract, section 2). The
// last message is read apart, so that it cannot spoil the entry.
type channelInfo struct {
	SessionTo           text            `json:"session_to"`
	SessionType         text            `json:"session_type"`
	ChannelID           text            `json:"channel_id"`
	UnreadNum           integer         `json:"unread_num"`
	IsTop               flag            `json:"is_top"`
	UpdateTopStatusTime moment          `json:"update_top_status_time"`
	Marks               []text          `json:"marks"`
	Meta                json.RawMessage `json:"meta"`
}

// decodeConversation reads an entry. When only its last message cannot be
// read, there is an error and a conversation that is good but for that;
// with any other error the conversation is empty.
func decodeConversation(raw json.RawMessage, app appKey) (roaming.Conversation, error) {
	var info channelInfo
	if err := json.Unmarshal(raw, &info); err != nil {
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

// peer is the conversation's ID and type, from the newer routes' fields or
// the older routes' channel_id: {org}#{app}_{peer}@{domain}.
func (info channelInfo) peer(app appKey) (string, roaming.ChatType, error) {
	if info.SessionTo != "" {
		if chatType, err := roaming.ParseChatType(string(info.SessionType)); err == nil || info.ChannelID == "" {
			return string(info.SessionTo), chatType, err
		}
	}
	id, chatType := parseJID(string(info.ChannelID), app)
	if id == "" || chatType == "" {
		return "", "", fmt.Errorf("neither session_to nor a channel_id that can be read: %q", clip(string(info.ChannelID), 100))
	}
	return id, chatType, nil
}

// parseJID splits {org}#{app}_{name}@{domain}[/{resource}] into its name and,
// by the domain, its chat type; "" when there is no known domain. Names may
// hold underscores and @.
func parseJID(jid string, app appKey) (name string, chatType roaming.ChatType) {
	name = strings.TrimPrefix(jid, app.String()+"_")
	for _, domain := range []struct {
		name     string
		chatType roaming.ChatType
	}{{groupDomain, roaming.Group}, {userDomain, roaming.Chat}} {
		if bare, ok := cutDomain(name, domain.name); ok {
			return bare, domain.chatType
		}
	}
	return name, ""
}

func cutDomain(name, domain string) (string, bool) {
	i := strings.LastIndex(name, "@"+domain)
	if i < 0 {
		return "", false
	}
	rest := name[i+1+len(domain):]
	return name[:i], rest == "" || rest[0] == '/'
}

// lastMeta is an entry's "meta"; payload is JSON in a string.
type lastMeta struct {
	ID        text            `json:"id"`
	From      text            `json:"from"`
	To        text            `json:"to"`
	Timestamp moment          `json:"timestamp"`
	Payload   json.RawMessage `json:"payload"`
}

type lastPayload struct {
	From   text              `json:"from"`
	To     text              `json:"to"`
	Type   text              `json:"type"`
	Bodies []json.RawMessage `json:"bodies"`
	Ext    json.RawMessage   `json:"ext"`
	exact  bool              // the JSON says no more than what was read of it
}

// decodeLastMessage reads an entry's "meta"; nil when there is no message.
func decodeLastMessage(raw json.RawMessage, in roaming.Conversation, app appKey) (*roaming.Message, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" || string(raw) == `""` {
		return nil, nil
	}
	var meta lastMeta
	if err := json.Unmarshal(raw, &meta); err != nil {
		return nil, err
	}
	if meta.ID == "" && meta.empty() {
		return nil, nil // {}
	}
	var id roaming.MessageID
	if meta.ID != "" && meta.ID != "0" {
		var err error
		if id, err = roaming.ParseMessageID(string(meta.ID)); err != nil {
			return nil, err
		}
	}
	payload, err := meta.payload(app)
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", id, err)
	}
	m := &roaming.Message{
		ID: id, Timestamp: meta.Timestamp.at, RawTimestamp: meta.Timestamp.raw,
		ChatType: in.Type, Conversation: in.ID,
		From: string(payload.From), To: string(payload.To),
		Kind: roaming.Unknown, Body: map[string]any{}, Ext: map[string]any{},
	}
	_, exact := decodeJSON(raw)
	if !payload.addTo(m) || !exact || id == 0 || m.Timestamp.IsZero() {
		m.Raw = raw
	}
	return m, nil
}
