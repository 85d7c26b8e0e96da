package redact

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

var errUnreadable = errors.New("it could not be read, and redaction leaves out its bytes")

// maxRounds bounds how often a message is looked through for what was replaced in
// another of its fields.
const maxRounds = 5

// Message redacts a message of a user's history. IDs, times, kinds and who edited or
// may see it stay as they are.
func (r *Redactor) Message(user string, m roaming.Message) roaming.Message {
	return r.Named(m.ID.String(), user, m)
}

// Named is Message for one that outputs call id.
func (r *Redactor) Named(id, user string, m roaming.Message) roaming.Message {
	ref := roaming.Ref{User: user, Conversation: m.Conversation, Type: m.ChatType}
	return r.message(id, archive.ConversationOf(ref), m)
}

// Stored redacts a message of an archive. Its raw bytes are not what archives show.
func (r *Redactor) Stored(s archive.Stored) archive.Stored {
	m := r.message(s.Key.String(), s.Conversation, roaming.Message{
		Timestamp: s.Time, From: s.From, To: s.To, Kind: s.Kind, Text: s.Text, Body: s.Body, Ext: s.Ext, Details: s.Details,
	})
	s.Text, s.Body, s.Ext, s.Raw, s.Details = m.Text, m.Body, m.Ext, nil, m.Details
	return s
}

func (r *Redactor) message(id string, c archive.Conversation, m roaming.Message) roaming.Message {
	w := work{redactor: r, id: id, found: &parts{}, whole: r.whole(c, m)}
	out := w.message(m)
	for round := 0; w.grown; round++ {
		if round == maxRounds {
			w.whole = Regexps
		}
		w.found.build()
		w.grown, w.entries = false, nil
		out = w.message(m)
		if w.whole != "" {
			break
		}
	}
	var n *note
	if w.whole != "" || len(w.found.all) > 0 {
		n = &note{parts: w.found.all, whole: w.whole != ""}
	}
	r.save(id, n, w.entries)
	return out
}

// whole returns the rule that takes all of a message; "" for none.
func (r *Redactor) whole(c archive.Conversation, m roaming.Message) Detector {
	if r.onlyUser != "" && !r.keeps(m.From) {
		return OtherUser
	}
	if len(r.rules.queries) == 0 {
		return ""
	}
	searched := archive.Message{Time: m.Timestamp, Conversation: c, From: m.From, To: m.To, Kind: m.Kind, Text: m.Text, Body: m.Body}
	document := searched.Document()
	for _, q := range r.rules.queries {
		if q.Match(document) {
			return Queries
		}
	}
	return ""
}

// keeps reports whether the words of a user are kept. The service has IDs in lower
// case.
func (r *Redactor) keeps(user string) bool { return strings.EqualFold(user, r.onlyUser) }

// work is the redaction of one message.
type work struct {
	redactor *Redactor
	id       string
	found    *parts
	grown    bool     // found has what it had not before
	whole    Detector // that takes all of the message; "" for none
	entries  []Entry
}

func (w *work) message(m roaming.Message) roaming.Message {
	out := m
	out.Raw = nil
	if len(m.Raw) > 0 {
		w.count("raw", LeftOut)
	}
	if m.Kind == roaming.Unknown && m.Text != "" && !w.allows(Unknown, "text") {
		out.Text = ""
	} else {
		out.Text = w.text("text", m.Text)
	}
	out.Body = w.body(m, out.Text)
	out.Ext = w.object("ext", Extensions, m.Ext)
	out.Details = w.details(m.Details)
	return out
}

// count adds to the log.
func (w *work) count(field string, d Detector) {
	for i := range w.entries {
		if e := &w.entries[i]; e.Field == field && e.Detector == d {
			e.Count++
			return
		}
	}
	w.entries = append(w.entries, Entry{Message: w.id, Field: field, Detector: d, Count: 1})
}

// allows reports whether a field that has something in it is kept, and counts it if
// not.
func (w *work) allows(f Field, field string) bool {
	if w.whole == "" && w.redactor.rules.Allows(f) {
		return true
	}
	w.count(field, LeftOut)
	return false
}

func (w *work) text(field, s string) string {
	if s == "" {
		return s
	}
	if w.whole != "" {
		w.count(field, w.whole)
		return Whole
	}
	out := w.redactor.text(s, w.found, 0, func(h hit, part string) {
		w.count(field, h.name)
		if w.found.add(h, part) {
			w.grown = true
		}
	})
	if d := w.redactor.shown(field, out, w.found); d != "" {
		w.count(field, d)
		return Whole
	}
	return out
}

// value redacts the texts and numbers of any value, the names in it included.
func (w *work) value(field string, v any) any {
	switch v := v.(type) {
	case nil, bool:
		return v
	case string:
		return w.text(field, v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out[w.text(field, name)] = w.value(field, v[name])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = w.value(field, v[i])
		}
		return out
	}
	number := numeral(v)
	if redacted := w.text(field, number); redacted != number {
		return redacted
	}
	return v
}

// object redacts an object that a rule may allow.
func (w *work) object(field string, f Field, m map[string]any) map[string]any {
	if len(m) == 0 {
		return m
	}
	if !w.allows(f, field) {
		return map[string]any{}
	}
	out, _ := w.value(field, m).(map[string]any)
	return out
}

func (w *work) details(d roaming.Details) roaming.Details {
	if len(d.Reactions) > 0 {
		if w.allows(Reactions, "reactions") {
			d.Reactions, _ = w.value("reactions", d.Reactions).([]any)
		} else {
			d.Reactions = nil
		}
	}
	if d.Thread = w.object("thread", Threads, d.Thread); len(d.Thread) == 0 {
		d.Thread = nil
	}
	if d.Stream = w.object("stream", Unknown, d.Stream); len(d.Stream) == 0 {
		d.Stream = nil
	}
	return d
}
