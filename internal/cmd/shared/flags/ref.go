package flags

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Conversation declares --conversation and --type, which name a conversation of
// each of the users. Without --conversation, all on a user's list are meant.
func Conversation(cmd *cobra.Command, a *app.App, u *Users, id *string, t *roaming.ChatType) {
	Once(cmd.Flags(), id, "conversation", "c", "use only this conversation: the `ID` of the peer, group or room (default: all on the user's list)")
	CompleteWith(cmd, "conversation", CompleteConversations(a, u.One))
	Type(cmd, t, "set the `TYPE` of the conversation: chat (the default), group or room; without --conversation, use only chats or groups", roaming.ChatTypes()...)
}

// Type declares --type, which takes one of types. Chat rooms are on no list, so
// most commands don't take room.
func Type(cmd *cobra.Command, t *roaming.ChatType, usage string, types ...roaming.ChatType) {
	choice(cmd, t, "type", usage, func(s string) (roaming.ChatType, error) {
		v, err := roaming.ParseChatType(s)
		if err == nil && slices.Contains(types, v) {
			return v, nil
		}
		if v == roaming.Room {
			return "", errors.New("chat rooms are on no list; it must be chat or group")
		}
		return oneOf(types)(s)
	}, types)
}

// CheckConversations refuses a --conversation and a --type that don't go
// together, and reports whether one conversation is named.
func CheckConversations(id string, t *roaming.ChatType) (one bool, err error) {
	switch {
	case id == "" && *t == roaming.Room:
		return false, fault.New(fault.Usage, "chat rooms are on no list: name one with --conversation")
	case id == "":
		return false, nil
	case *t == "":
		*t = roaming.Chat
	}
	return true, CheckConversation("--conversation", id, *t)
}

// Refs returns the conversations of a user that --conversation names. An unset type
// is roaming.Chat; without conversations it must be unset.
func Refs(user string, ids []string, t roaming.ChatType) (refs []roaming.Ref, err error) {
	if len(ids) == 0 && t != "" {
		return nil, fault.New(fault.Usage, "--type needs --conversation")
	}
	t = cmp.Or(t, roaming.Chat)
	for _, id := range ids {
		if err := CheckConversation("--conversation", id, t); err != nil {
			return nil, err
		}
		refs = append(refs, roaming.Ref{User: user, Conversation: id, Type: t})
	}
	return refs, nil
}

// CheckUser refuses an ID that can't be a user's; where is the flag or argument
// that it comes from, "" for a line of a file. The service's user IDs are
// lowercase and mixed case finds nothing (docs/contract.md, section 2), so
// capitals are refused rather than sent.
func CheckUser(where, user string) error { return checkID(where, "a user ID", user, true) }

// CheckConversation refuses an ID that can't name a conversation of that type;
// where is the flag or argument that it comes from.
func CheckConversation(where, id string, t roaming.ChatType) error {
	return checkID(where, "a conversation's ID", id, t == roaming.Chat)
}

func checkID(where, what, id string, isUser bool) error {
	prefix := ""
	if where != "" {
		prefix = where + ": "
	}
	switch {
	case id == "" && where != "":
		return fault.New(fault.Usage, "%s is required: %s", where, what)
	case id == "":
		return fault.New(fault.Usage, "%s is missing", what)
	case !utf8.ValidString(id):
		return fault.New(fault.Usage, "%s%q is not valid UTF-8", prefix, id)
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
