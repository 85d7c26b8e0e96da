package vendorclient

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// message has the fields of a message that both sides return. Facts are the fields of the
// body that the vendor's client shows, by their REST names.
type message struct {
	ID, Kind, From, To, Text string
	Time                     int64 // Unix milliseconds
	Facts, Ext               object
}

// conversation has the fields of a conversation that both sides return.
type conversation struct {
	ID, Type string
	Unread   int
	Pinned   bool
	Marks    []string
	Last     *message
}

// facts are the body fields to compare, by kind: the client hides an image's
// file name and a video's size, and rewrites the host of URLs.
func facts(kind string) []string {
	attachment := []string{"url", "secret", "file_length"}
	return map[string][]string{
		"img":     append(attachment, "size"),
		"audio":   append(attachment, "filename", "length"),
		"video":   append(attachment, "filename", "length", "thumb", "thumb_secret"),
		"file":    append(attachment, "filename"),
		"loc":     {"lat", "lng", "addr"},
		"cmd":     {"action"},
		"custom":  {"customEvent", "customExts"},
		"combine": append(attachment, "filename", "title", "summary", "combineLevel"),
	}[kind]
}

// pick takes the facts of a kind out of a body, with URLs cut to their last
// part and custom extensions in one of the two forms that they have.
func pick(kind string, body object) object {
	picked := object{}
	for _, name := range facts(kind) {
		value := body[name]
		switch name {
		case "url", "thumb":
			text, _ := value.(string)
			text, _, _ = strings.Cut(text, "?")
			value = path.Base(text)
		case "customExts":
			if v2, ok := body["v2:customExts"]; ok {
				value = v2
			}
		}
		picked[name] = value
	}
	return picked
}

// ourMessage is a message as roamctl prints it.
type ourMessage struct {
	ID, From, To, Kind, Text string
	Timestamp                time.Time
	Body, Ext                object
}

func (m ourMessage) seen() message {
	return message{
		ID: m.ID, Kind: m.Kind, From: m.From, To: m.To, Text: m.Text, Time: m.Timestamp.UnixMilli(),
		Facts: pick(m.Kind, m.Body), Ext: m.Ext,
	}
}

// ourConversation is a conversation as roamctl prints it.
type ourConversation struct {
	ID, Type    string
	Unread      int
	Pinned      bool
	Marks       []string
	LastMessage *ourMessage `json:"last_message"`
}

func (c ourConversation) seen() conversation {
	seen := conversation{ID: c.ID, Type: c.Type, Unread: c.Unread, Pinned: c.Pinned, Marks: c.Marks}
	if c.LastMessage != nil {
		last := c.LastMessage.seen()
		seen.Last = &last
	}
	return seen
}

// theirMessage is a message as the vendor's client resolves it: an object
// whose fields depend on the kind.
type theirMessage object

func (m theirMessage) seen() message {
	text := func(name string) string { s, _ := m[name].(string); return s }
	at, _ := m["time"].(float64)
	ext, _ := m["ext"].(object)
	kind := text("type")
	body := object(m)
	if kind == "img" {
		body["size"] = object{"width": body["width"], "height": body["height"]}
	}
	return message{
		ID: text("id"), Kind: kind, From: text("from"), To: text("to"), Text: text("msg"), Time: int64(at),
		Facts: pick(kind, body), Ext: ext,
	}
}

// theirConversation is a conversation as getServerConversations resolves it.
type theirConversation struct {
	ConversationID, ConversationType string
	UnReadCount                      int
	IsPinned                         bool
	Marks                            []int
	LastMessage                      theirMessage
}

func (c theirConversation) seen() conversation {
	seen := conversation{
		ID: c.ConversationID, Type: strings.TrimSuffix(c.ConversationType, "Chat"), Unread: c.UnReadCount, Pinned: c.IsPinned,
		Marks: []string{},
	}
	if seen.Type == "single" {
		seen.Type = "chat"
	}
	for _, n := range c.Marks {
		seen.Marks = append(seen.Marks, fmt.Sprintf("mark_%d", n))
	}
	if len(c.LastMessage) > 0 {
		last := c.LastMessage.seen()
		seen.Last = &last
	}
	return seen
}

// see brings what either side gave into the form to compare.
func see[T interface{ seen() S }, S any](items []T) []S {
	seen := make([]S, 0, len(items))
	for _, item := range items {
		seen = append(seen, item.seen())
	}
	return seen
}
