package archive

import (
	"maps"
	"slices"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Source is where a message came from. Sources can be combined.
type Source uint8

// The sources.
const (
	Roaming  Source = 1 << iota // a user's history
	Hourly                      // an hourly history file
	Imported                    // an export or a backup
)

// Sources are all sources, in the order to show them.
func Sources() []Source { return []Source{Roaming, Hourly, Imported} }

// String is the source's name in outputs.
func (s Source) String() string {
	switch s {
	case Roaming:
		return "roaming"
	case Hourly:
		return "history-files"
	case Imported:
		return "import"
	}
	return "several"
}

// Replaces reports whether another form from a source is newer than what the
// sources gave. History files have no edits, and an import may be of any age.
func (s Source) Replaces(sources Source) bool {
	return s == Roaming || s == Imported && sources&Roaming == 0
}

// Message is a message of the app.
type Message struct {
	Key          Key
	Time         roaming.Time // zero when it has none, or a number that is no time
	RawTime      string       // that number in decimal, otherwise ""
	Conversation Conversation
	From, To     string
	Kind         roaming.Kind
	Text         string         // the exact text of a txt message, else ""
	Body         map[string]any // as in roaming.Message
	Ext          map[string]any
	Raw          []byte // as the source gave it
	Source       Source // of these bytes
	// Details are read from the raw bytes: stores do not keep them, and a Store's
	// messages have them where raw bytes were asked for.
	Details roaming.Details `json:"-"`
}

// FromView is a message as a user's history has it. Where the raw bytes were not
// asked for, its JSON stands for them, without the user's name for the
// conversation, so that it is the same for both sides. o counts messages without
// an ID.
func FromView(ref roaming.Ref, m roaming.Message, source Source, o Occurrences) (Message, error) {
	raw := m.Raw
	if len(raw) == 0 {
		m.Conversation = ""
		var err error
		if raw, err = m.AppendJSON(nil); err != nil {
			return Message{}, err
		}
	}
	key := IDKey(m.ID.String())
	if m.ID == 0 {
		key = o.Key(raw)
	}
	return Message{
		Key: key, Time: m.Timestamp, RawTime: m.RawTimestamp, Conversation: ConversationOf(ref), From: m.From, To: m.To,
		Kind: m.Kind, Text: m.Text, Body: m.Body, Ext: m.Ext, Raw: raw, Source: source, Details: m.Details,
	}, nil
}

// Stored is a message that an archive has.
type Stored struct {
	Message          // its newest form; Raw is nil unless asked for
	Keys      []Key  // all of its keys; Message.Key is the first
	Sources   Source // all sources that have it
	Revisions int    // how many earlier forms the archive keeps
	Position  int64  // rises with time; the same in an archive that is built anew
	Added     int64  // the batch that brought it
}

// Texts are the texts of a message that can be searched, as they came. Files
// are its files' names, which are among them.
func (m *Message) Texts() (texts, files []string) {
	add := func(name string) (s string) {
		if s, _ = m.Body[name].(string); s != "" {
			texts = append(texts, s)
		}
		return s
	}
	if m.Text != "" {
		texts = append(texts, m.Text)
	} else {
		add("msg") // a caption
	}
	if name := add("filename"); name != "" {
		files = append(files, name)
	}
	for _, name := range []string{"addr", "buildingName", "customEvent", "title", "summary"} {
		add(name)
	}
	exts, _ := m.Body["v2:customExts"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(exts)) {
		if s, _ := exts[name].(string); s != "" {
			texts = append(texts, s)
		}
	}
	return texts, files
}

// Document is the message as queries see it.
func (m *Message) Document() *query.Document {
	texts, files := m.Texts()
	for i := range texts {
		texts[i] = tokens.Normalize(texts[i])
	}
	for i := range files {
		files[i] = tokens.Normalize(files[i])
	}
	return &query.Document{
		Texts: texts, Files: files,
		From: m.From, To: m.To,
		ChatType: m.Conversation.Type, Conversation: m.Conversation.IDs(),
		Kind: m.Kind, Time: m.Time.Time, Attachment: len(m.Attachments()) > 0,
	}
}

// Attachments are the URLs of the message's files. They are signed: they belong
// in no log and no output.
func (m *Message) Attachments() []string {
	var urls []string
	for _, name := range []string{"url", "thumb"} {
		if url, _ := m.Body[name].(string); url != "" {
			urls = append(urls, url)
		}
	}
	return urls
}
