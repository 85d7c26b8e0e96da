package easemob

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Bounds of a page. The largest that the contract has is 1000 members of a
// group, and the largest message 5 kB of JSON.
const (
	maxEntries = 2000
	maxItem    = 512 << 10
)

// entries are a page's items as they are written. Unlike an empty array, null
// and a missing one are nil.
type entries []json.RawMessage

// UnmarshalJSON reads no more than maxEntries.
func (e *entries) UnmarshalJSON(b []byte) error {
	*e = nil
	if string(bytes.TrimSpace(b)) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return fmt.Errorf("want a list, got %s", clip(string(b[:min(len(b), 100)]), 20))
	}
	items := entries{}
	for d.More() {
		if len(items) == maxEntries {
			return fmt.Errorf("a page has more than %d items", maxEntries)
		}
		var item json.RawMessage
		if err := d.Decode(&item); err != nil {
			return err
		}
		items = append(items, item)
	}
	*e = items
	return nil
}
