package flags

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// User declares the required --user: the owner whose view is read or changed.
func User(cmd *cobra.Command, owner *string) {
	cmd.Flags().StringVarP(owner, "user", "u", "", "user ID whose history it is (required)")
	CompleteWith(cmd, "user", CompleteNothing)
}

// Ref declares --user, --conversation and --type, which together name one
// conversation of one owner.
func Ref(cmd *cobra.Command, a *app.App, ref *roaming.Ref) {
	User(cmd, &ref.Owner)
	cmd.Flags().StringVarP(&ref.Conversation, "conversation", "c", "", "the other user's ID, or the group's or room's ID (required)")
	CompleteWith(cmd, "conversation", CompleteConversations(a, &ref.Owner))
	ref.Type = roaming.Chat
	Enum(cmd, &ref.Type, "type", "TYPE", "what the conversation is: chat, group or room", roaming.ParseChatType, roaming.ChatTypes()...)
}

// CheckUser refuses a missing or impossible --user. The service's user IDs are
// lowercase and mixed case finds nothing (contract, section 2), so capitals
// are refused rather than sent.
func CheckUser(owner string) error {
	return checkID("--user", "a user ID", owner, true)
}

// CheckSender refuses a --from that can't be a user.
func CheckSender(user string) error {
	return checkID("--from", "a user ID", user, true)
}

// CheckRef refuses a ref that can't name a conversation.
func CheckRef(ref roaming.Ref) error {
	if err := CheckUser(ref.Owner); err != nil {
		return err
	}
	return CheckConversation("--conversation", ref.Conversation, ref.Type)
}

// CheckConversation refuses an ID that can't name a conversation of that type;
// where says which flag or argument it came from.
func CheckConversation(where, id string, t roaming.ChatType) error {
	return checkID(where, "a conversation's ID", id, t == roaming.Chat)
}

func checkID(where, what, id string, isUser bool) error {
	switch {
	case id == "":
		return fault.New(fault.Usage, "%s is required: %s", where, what)
	case strings.TrimSpace(id) != id || strings.ContainsAny(id, "\t\r\n\x00"):
		return fault.New(fault.Usage, "%s: %q has white space around it or control characters in it", where, id)
	case isUser && strings.ToLower(id) != id:
		return fault.New(fault.Usage, "%s: %q has capital letters, and user IDs are lowercase", where, id).
			WithHint("did you mean %q?", strings.ToLower(id))
	}
	return nil
}
