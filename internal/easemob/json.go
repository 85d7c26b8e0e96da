package easemob

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/roamctl/roamctl/internal/exactjson"
)

// This file decodes JSON with the future encoding/json/v2, which is twice as fast as
// encoding/json.

// unmarshal reads an answer, or a part of one, into a struct.
func unmarshal(b []byte, out any) error { return json.Unmarshal(b, out, exactjson.Lax()) }

// Bounds of a page. The largest page of docs/contract.md is 1000 members of a
// group, and the largest message 5 kB of JSON.
const (
	maxEntries = 2000
	maxItem    = 512 << 10
)

// entries are a page's items as they are written. Unlike an empty array, null
// and a missing one are nil.
type entries []jsontext.Value

// UnmarshalJSONFrom reads at most maxEntries.
func (e *entries) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*e = nil
	switch kind := d.PeekKind(); kind {
	case 'n':
		return d.SkipValue()
	case '[':
	default:
		return fmt.Errorf("want a list, got %s", kind)
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	items := make(entries, 0, 64)
	for d.PeekKind() != ']' {
		item, err := d.ReadValue() // the decoder's until its next call
		if err != nil {
			return err
		}
		if len(items) == maxEntries {
			return fmt.Errorf("a page has more than %d items", maxEntries)
		}
		items = append(items, slices.Clone(item))
	}
	*e = items
	_, err := d.ReadToken()
	return err
}
