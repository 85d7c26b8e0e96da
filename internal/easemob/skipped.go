package easemob

import (
	"strings"
	"sync"

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

// fullLists finds the users whose conversation list is full: it may hide older
// conversations, and the service does not say so (docs/contract.md, section 2).
type fullLists struct {
	found func(user string, conversations int) // nil for none

	mu    sync.Mutex
	users map[string]bool // found
}

// The most conversations of a list: of most plans, and of the Flagship plan.
const (
	usualList    = 100
	flagshipList = 500
)

// note reports a list of n conversations that was read to its end, if it is full and
// its user was not reported before.
func (l *fullLists) note(user string, n int) {
	if l.found == nil || n != usualList && n != flagshipList {
		return
	}
	l.mu.Lock()
	known := l.users[user]
	if l.users == nil {
		l.users = map[string]bool{}
	}
	l.users[user] = true
	l.mu.Unlock()
	if !known {
		l.found(user, n)
	}
}
