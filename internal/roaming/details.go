package roaming

// Details are what only some messages have (docs/contract.md, section 12).
type Details struct {
	Edited     *Edit          `json:"edited,omitempty"`     // the latest edit
	Reactions  []any          `json:"reactions,omitempty"`  // as the service has them
	Thread     map[string]any `json:"thread,omitempty"`     // likewise
	Stream     map[string]any `json:"stream,omitempty"`     // the state of a message that is sent in parts
	Recipients []string       `json:"recipients,omitempty"` // of a directed message: nobody else sees it
}

// Edit is the latest edit of a message. The message has its new content.
type Edit struct {
	Count int64  `json:"count"` // how often it was edited; 0 if unknown
	By    string `json:"by"`
	At    Time   `json:"at"` // null if unknown
}

// isEmpty reports whether a message has no details.
func (d *Details) isEmpty() bool {
	return d.Edited == nil && len(d.Reactions) == 0 && len(d.Thread) == 0 && len(d.Stream) == 0 && len(d.Recipients) == 0
}

// appendTo appends the members' JSON to b, each after a comma.
func (d *Details) appendTo(b []byte) ([]byte, error) {
	if d.isEmpty() {
		return b, nil
	}
	members, err := encode(nil, d)
	if err != nil {
		return b, err
	}
	return append(append(b, ','), members[1:len(members)-1]...), nil
}
