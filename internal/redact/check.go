package redact

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// Shown is a text of a message as a file has it, without the file's escaping.
type Shown struct {
	Message string // the message's ID; "" if unknown
	From    string // "" if unknown
	Field   string
	Text    string
	Label   bool // Text begins with what roamctl calls the kind of message, such as [image]
}

// Check returns an error if a text has something that was replaced in its message, or
// that the rules take. It names message and field, never the text.
func (r *Redactor) Check(s Shown) error {
	n, found := r.noteOf(s.Message)
	whole := n != nil && n.whole || r.onlyUser != "" && s.From != "" && !r.keeps(s.From)
	text := s.Text
	if s.Label {
		text = withoutLabel(text)
	}
	if s.Field == "snippet" {
		text = r.cut.ReplaceAllString(text, "")
	}
	for _, rest := range r.replaced.Split(text, -1) {
		if whole && !s.Label && strings.TrimSpace(rest) != "" || len(r.rules.find(rest, found)) > 0 {
			return survived(s)
		}
	}
	return nil
}

func survived(s Shown) error {
	message := s.Message
	if message == "" {
		message = "without an ID"
	}
	return fault.New(fault.Safety, "message %s: the output still has something in the field %s that the rules take out, so nothing was written", message, s.Field).
		WithHint("this is a bug of roamctl, or a rule that can't be applied: leave out rules until it works, and please report it")
}

// withoutLabel cuts the kind of a message off its description.
func withoutLabel(text string) string {
	if rest, ok := strings.CutPrefix(text, "["); ok {
		if label, rest, ok := strings.Cut(rest, "]"); ok && strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" {
			return rest
		}
	}
	return text
}

// isStructural reports whether a field of a record says what a message is and whose.
// Detectors do not look at it.
func isStructural(field string) bool {
	switch field {
	case "user", "id", "id_number", "timestamp", "raw_timestamp", "chat_type", "conversation", "from", "to", "kind",
		"edited", "recipients", "sources", "revisions", "hit", "match", "marks", "gone_since":
		return true
	}
	return false
}

// CheckRecord checks the fields of a record, by the names that they have in JSON.
func (r *Redactor) CheckRecord(fields map[string]any) error {
	text := func(name string) string {
		s, _ := fields[name].(string)
		return s
	}
	s := Shown{Message: text("id"), From: text("from")}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if isStructural(name) {
			continue
		}
		s.Field = name
		switch {
		case name == "error" && text(name) == errUnreadable.Error():
			continue
		case (name == "raw" || name == "unreadable") && text(name) != "": // no rule can look into them
			return survived(s)
		}
		s.Label = (name == "text" || name == "snippet" || name == "summary") && text("kind") != "txt"
		if err := r.checkValue(s, fields[name], 0); err != nil {
			return err
		}
	}
	return nil
}

// checkValue checks the texts and numbers of any value, the names in it included.
func (r *Redactor) checkValue(s Shown, v any, depth int) error {
	switch v := v.(type) {
	case nil, bool:
		return nil
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if depth == 0 && s.Field == "body" && isOwn(name) {
				continue
			}
			s.Text = name
			if depth > 0 || s.Field != "body" || fieldOf(name) == Unknown {
				if err := r.Check(s); err != nil {
					return err
				}
			}
			if err := r.checkValue(s, v[name], depth+1); err != nil {
				return err
			}
		}
		return nil
	case []any:
		for _, item := range v {
			if err := r.checkValue(s, item, depth+1); err != nil {
				return err
			}
		}
		return nil
	case string:
		s.Text = v
		return r.Check(s)
	}
	s.Text = numeral(v)
	return r.Check(s)
}

// isOwn reports whether a member of a body has no words of a user: its type, and the
// URLs of files and their keys.
func isOwn(member string) bool {
	return member == "type" || member == "subType" || member == "ackMessageId" || fieldOf(member) == Attachments
}

// nested returns the value of a cell that may be JSON.
func nested(cell string) any {
	var v any
	d := json.NewDecoder(strings.NewReader(cell))
	d.UseNumber()
	if d.Decode(&v) != nil || d.More() {
		return cell
	}
	return v
}
