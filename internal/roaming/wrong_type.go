package roaming

import (
	"context"

	"github.com/roamctl/roamctl/internal/fault"
)

// CheckType checks whether an empty conversation exists as another type: the service
// returns nothing for a group requested as a chat. It returns a fault.NotFound that
// names the flag, or nil, also if the check fails. A group and a room share a history
// (docs/contract.md, section 3).
func CheckType(ctx context.Context, svc Service, ref Ref) error {
	if has, err := hasMessages(ctx, svc, ref); has || err != nil {
		return context.Cause(ctx)
	}
	listed := map[ChatType]bool{}
	for c, err := range WholeList(ctx, svc, ref.User, ConversationQuery{IncludeEmpty: true}) {
		if err == nil && c.ID == ref.Conversation {
			listed[c.Type] = true
		}
	}
	if listed[ref.Type] {
		return nil
	}
	for _, t := range ChatTypes() {
		if listed[t] {
			return wrongType(ref, string(t), "is on the list as a "+string(t))
		}
	}
	other, flag := Ref{User: ref.User, Conversation: ref.Conversation, Type: Chat}, string(Chat)
	if ref.Type == Chat {
		other.Type, flag = Group, "group, or --type room"
	}
	if has, err := hasMessages(ctx, svc, other); err == nil && has {
		return wrongType(ref, flag, "has messages as another type")
	}
	return context.Cause(ctx)
}

func wrongType(ref Ref, flag, what string) error {
	return fault.New(fault.NotFound, "%s has no %s %s: the ID %s; use --type %s", ref.User, ref.Type, ref.Conversation, what, flag)
}

// hasMessages reports whether a history has a message.
func hasMessages(ctx context.Context, svc Service, ref Ref) (bool, error) {
	for _, err := range Items(svc.History(ctx, ref, HistoryQuery{Limit: 1, PageSize: 1, UserView: true})) {
		if err == nil || IsItemError(err) {
			return true, nil
		}
		return false, err
	}
	return false, nil
}
