package deleting

import (
	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
)

// Uncovered says what a deletion of a user's listed conversations leaves, and
// how to delete that, too; "" for a deletion that leaves nothing unnamed.
func Uncovered(command string, c deletion.Coverage) string {
	const what = "conversations that are on no list, and chat rooms, keep their messages unless they were named"
	switch {
	case c != deletion.CoversListed || command == "conversations delete": // it is about the list
		return ""
	case command == "messages clear":
		return what + ": add --also TYPE:ID for each, or delete everything unseen with --no-backup"
	case command == "messages delete":
		return what + ": delete from each with --conversation"
	default:
		return what
	}
}

func tellUncovered(a *app.App, command string, c deletion.Coverage) {
	if text := Uncovered(command, c); text != "" {
		a.Note("%s", text)
	}
}
