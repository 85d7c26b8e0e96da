package archive

import (
	"maps"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Record is a message as listings and exports show it. It lacks what signs the
// URLs of attachments: the raw bytes, and the URLs themselves.
type Record struct {
	ID           string           `json:"id"`        // Key.String
	Timestamp    roaming.Time     `json:"timestamp"` // null without a time
	RawTimestamp string           `json:"raw_timestamp,omitempty"`
	ChatType     roaming.ChatType `json:"chat_type"`
	Conversation string           `json:"conversation"`
	From         string           `json:"from"`
	To           string           `json:"to"`
	Kind         roaming.Kind     `json:"kind"`
	Text         string           `json:"text"` // the exact text of a txt message, else ""
	Body         map[string]any   `json:"body"`
	Ext          map[string]any   `json:"ext"`
	roaming.Details
	Sources   []string `json:"sources"`
	Revisions int      `json:"revisions"` // earlier forms
}

// Record is the message for listings that are no one user's.
func (m *Stored) Record() Record {
	r := Record{
		ID: m.Key.String(), Timestamp: m.Time, RawTimestamp: m.RawTime, ChatType: m.Conversation.Type, Conversation: m.Conversation.Name(),
		From: m.From, To: m.To, Kind: m.Kind, Text: m.Text, Body: map[string]any{}, Ext: map[string]any{}, Details: m.Details, Sources: []string{}, Revisions: m.Revisions,
	}
	maps.Copy(r.Body, m.Body)
	for _, name := range []string{"url", "secret", "thumb", "thumb_secret"} {
		delete(r.Body, name)
	}
	maps.Copy(r.Ext, m.Ext)
	for _, s := range Sources() {
		if m.Sources&s != 0 {
			r.Sources = append(r.Sources, s.String())
		}
	}
	return r
}

// Message is the record as a message of a user's history, for transcripts. An
// ID that is no number is left out.
func (r Record) Message() roaming.Message {
	m := roaming.Message{
		Timestamp: r.Timestamp, RawTimestamp: r.RawTimestamp, ChatType: r.ChatType, Conversation: r.Conversation,
		From: r.From, To: r.To, Kind: r.Kind, Text: r.Text, Body: r.Body, Ext: r.Ext, Details: r.Details,
	}
	if id, err := roaming.ParseMessageID(r.ID); err == nil {
		m.ID = id
	}
	return m
}
