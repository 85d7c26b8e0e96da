package flags

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// History are the flags and the QUERY by which a command chooses messages of one user,
// and says where they are read from.
type History struct {
	source.Selection

	From app.From

	conversations []string
	chatType      roaming.ChatType
	since, until  string
}

// Declare declares the flags. user is the usage of --user, and verb begins those of
// the flags that choose.
func (h *History) Declare(cmd *cobra.Command, a *app.App, user, verb string) {
	f := cmd.Flags()
	Once(f, &h.User, "user", "u", user)
	List(f, &h.conversations, "conversation", "c", verb+" only this conversation: the `ID` of the peer, group or room (default: all)")
	CompleteWith(cmd, "conversation", completeList(CompleteConversations(a, func() string { return h.User })))
	Type(cmd, &h.chatType, "set the `TYPE` of the conversations: chat (the default), group or room", roaming.ChatTypes()...)
	f.StringVar(&h.since, "since", "", verb+" only messages at or after this `TIME` (2026-11-20, 3d, ...)")
	f.StringVar(&h.until, "until", "", verb+" only messages at or before this `TIME`; a day includes all of it")
	Source(cmd, &h.From)
}

// Check completes the selection. args has the QUERY, if there is one.
func (h *History) Check(a *app.App, args []string) (err error) {
	if err := checkArchiveInstead(a.Flags, args); err != nil {
		return err
	}
	if err := CheckUser("--user", h.User); err != nil {
		return err
	}
	h.From.Archive = a.Flags.Changed("archive")
	if h.Conversations, err = Refs(h.User, h.conversations, h.chatType); err != nil {
		return err
	}
	if h.Query.Since, h.Query.Until, err = a.ParseRange(h.since, h.until); err != nil {
		return err
	}
	for _, arg := range args {
		if h.Query.Filter, err = a.ParseQuery(arg); err != nil {
			return err
		}
	}
	h.Query.Direction = roaming.Down
	return nil
}
