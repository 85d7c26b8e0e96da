package easemob

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/roamctl/roamctl/internal/roaming"
)

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
	if bare, ok := cutDomain(name, groupDomain); ok {
		return bare, roaming.Group
	}
	if bare, ok := cutDomain(name, userDomain); ok {
		return bare, roaming.Chat
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
