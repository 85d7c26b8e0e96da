package easemob

import (
	"strings"

	"github.com/roamctl/roamctl/internal/roaming"
)

// skipped are the conversations that the service left out of what it did, in a 200
// (docs/contract.md, section 2).
type skipped []struct {
	To   text `json:"to"`
	Type text `json:"type"`
}

// String names the first of them, such as "chat bob, group 42"; "" for none.
func (s skipped) String() string {
	const most = 5
	var names []string
	for _, c := range s[:min(len(s), most)] {
		kind := string(c.Type)
		if t, err := roaming.ParseChatType(kind); err == nil {
			kind = string(t)
		}
		names = append(names, strings.TrimSpace(clip(kind, 20)+" "+clip(string(c.To), 100)))
	}
	if len(s) > most {
		names = append(names, "and others")
	}
	return strings.Join(names, ", ")
}
