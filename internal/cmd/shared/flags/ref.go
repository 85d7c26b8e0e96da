package flags

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Conversation declares --conversation and --type, which name a conversation of
// each of the users; without the first, all that are on a user's list.
func Conversation(cmd *cobra.Command, a *app.App, u *Users, id *string, t *roaming.ChatType) {
	cmd.Flags().StringVarP(id, "conversation", "c", "", "the other user's `ID`, or the group's or room's (default: all on the user's list)")
	CompleteWith(cmd, "conversation", CompleteConversations(a, u.One))
	Enum(cmd, t, "type", "TYPE", "what the conversation is: chat (the default), group or room; without one, only chats or groups",
		roaming.ParseChatType, roaming.ChatTypes()...)
}

// CheckConversations refuses a --conversation and a --type that don't go
// together, and says whether one conversation is named. An empty
// --conversation is no way to say all of them: a script's variable may be empty.
func CheckConversations(a *app.App, id string, t *roaming.ChatType) (one bool, err error) {
	switch {
	case id == "" && a.Flags.Changed("conversation"):
		return false, fault.New(fault.Usage, "--conversation is empty: leave it out for all that are on the user's list")
	case id == "" && *t == roaming.Room:
		return false, fault.New(fault.Usage, "chat rooms are on no list: name one with --conversation")
	case id == "":
		return false, nil
	case *t == "":
		*t = roaming.Chat
	}
	return true, CheckConversation("--conversation", id, *t)
}

// CheckUser refuses a missing or impossible --user. The service's user IDs are
// lowercase and mixed case finds nothing (contract, section 2), so capitals
// are refused rather than sent.
func CheckUser(user string) error {
	return checkID("--user", "a user ID", user, true)
}

// CheckSender refuses a --from that can't be a user.
func CheckSender(user string) error {
	return checkID("--from", "a user ID", user, true)
}

// CheckConversation refuses an ID that can't name a conversation of that type;
// where says which flag or argument it came from.
func CheckConversation(where, id string, t roaming.ChatType) error {
	return checkID(where, "a conversation's ID", id, t == roaming.Chat)
}

// checkID refuses what can't be an ID; where is the flag or argument that it came
// from, "" where the caller says so.
func checkID(where, what, id string, isUser bool) error {
	if where != "" && id == "" {
		return fault.New(fault.Usage, "%s is required: %s", where, what)
	}
	prefix := ""
	if where != "" {
		prefix = where + ": "
	}
	switch {
	case id == "":
		return fault.New(fault.Usage, "%s is missing", what)
	case strings.TrimSpace(id) != id || strings.ContainsAny(id, "\t\r\n\x00"):
		return fault.New(fault.Usage, "%s%q has white space around it or control characters in it", prefix, id)
	case id == "." || id == "..":
		return fault.New(fault.Usage, "%s%q is not %s: it would mean another path", prefix, id, what)
	case isUser && strings.ToLower(id) != id:
		return fault.New(fault.Usage, "%s%q has capital letters, and user IDs are lowercase", prefix, id).
			WithHint("did you mean %q?", strings.ToLower(id))
	}
	return nil
}
