package doctor

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// reader are the reading calls of roaming.Service that the features' checks make.
type reader interface {
	Conversations(ctx context.Context, user string, q roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error]
	History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error]
	Limiter() *limiter.Limiter
}

// console is where the vendor shows and activates features.
const console = "the vendor's console shows it: https://console.easemob.com, app > Instant messaging > Features (功能配置)"

// featureChecks are the names of the checks after the app token's, in order.
func featureChecks() []string {
	return []string{"user", "conversation_list", "history", "history_rooms", "one_way_deletion", "recall", "import", "limits"}
}

// features finds out which features are open.
func (o Options) features(ctx context.Context) []Check {
	if o.User == "" {
		checks := skipAll("give --user to check it", "user", "conversation_list", "history", "history_rooms")
		return append(checks, o.closing()...)
	}
	return append(o.asUser(ctx), o.closing()...)
}

// closing are the checks that take no user.
func (o Options) closing() []Check {
	checks := make([]Check, 0, 4)
	for _, name := range []string{"one_way_deletion", "recall", "import"} {
		checks = append(checks, unknown(name, "finding out would change something", console))
	}
	return append(checks, o.limits())
}

// asUser checks what needs a user: the conversation list, then history of a
// conversation on it.
func (o Options) asUser(ctx context.Context) []Check {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	listed, listErr := first(o.Target.Service.Conversations(ctx, o.User, roaming.ConversationQuery{Limit: 1}))
	if user, ok := o.refusedUser(listErr); ok {
		return append([]Check{user}, skipAll("there is no token of "+o.User, "conversation_list", "history", "history_rooms")...)
	}
	ref := roaming.Ref{User: o.User, Conversation: o.User, Type: roaming.Chat}
	if len(listed) > 0 {
		ref.Conversation, ref.Type = listed[0].ID, listed[0].Type
	}
	var history, rooms Check
	var both sync.WaitGroup
	both.Go(func() { history = o.history(ctx, "history", ref) })
	both.Go(func() { rooms = o.rooms(ctx) })
	both.Wait()
	list := passed("conversation_list", fmt.Sprintf("open, %s has conversations", o.User))
	switch {
	case listErr != nil:
		list = failedBy("conversation_list", listErr)
	case len(listed) == 0:
		list = passed("conversation_list", "open; "+o.User+" has no conversations")
	}
	user := passed("user", "the service accepts a token of "+o.User)
	if listErr != nil && history.Verdict != OK {
		user = unknown("user", "neither list nor history were answered", "")
	}
	return []Check{user, list, history, rooms}
}

// refusedUser is the check of a user who does not exist, or whose token the
// service refuses.
func (o Options) refusedUser(err error) (Check, bool) {
	f, _ := errors.AsType[*fault.Error](err)
	switch {
	case f == nil || isClosed(f):
		return Check{}, false
	case f.Kind == fault.NotFound, f.Kind == fault.Auth:
		return failedBy("user", err), true
	}
	return Check{}, false
}

// isClosed reports whether the service refused a call because the app lacks the
// feature (docs/contract.md, section 3).
func isClosed(f *fault.Error) bool { return f.ServiceError == "function_not_open_error" }

// history reads one message of a conversation.
func (o Options) history(ctx context.Context, name string, ref roaming.Ref) Check {
	_, err := first(o.Target.Service.History(ctx, ref, roaming.HistoryQuery{Limit: 1}))
	f, _ := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
		return passed(name, "open, read "+ref.String())
	case f != nil && isClosed(f):
		return failed(name, fault.Refused, "closed: "+err.Error(), "ask the vendor to open message roaming; "+console)
	default:
		return failedBy(name, err)
	}
}

// rooms reads the history of --room. It is optional: rooms have history only on
// request.
func (o Options) rooms(ctx context.Context) Check {
	const name = "history_rooms"
	if o.Room == "" {
		return unknown(name, "it takes a chat room to find out", "give --room with the ID of one of the user's rooms")
	}
	c := o.history(ctx, name, roaming.Ref{User: o.User, Conversation: o.Room, Type: roaming.Room})
	if c.Verdict == Failed {
		c.Verdict = Warning
	}
	return c
}

// first returns the items of the first page.
func first[T any](pages iter.Seq2[roaming.Page[T], error]) ([]T, error) {
	for page, err := range pages {
		return page.Items, err
	}
	return nil, nil
}

// limits says what limits roamctl keeps to, and what refusals the checks met.
func (o Options) limits() Check {
	const name = "limits"
	s, err := o.Config.Settings()
	if err != nil {
		return skipped(name, "the settings are malformed")
	}
	stats := o.Target.Service.Limiter().Stats()
	seen := fmt.Sprintf("%d%% of %d calls a second, %d lists a minute for each user; ", s.QuotaShare, s.LimitCallsPerSecond, s.LimitListPerMinute)
	if o.Sandbox {
		seen = "the sandbox has none; "
	} else if !s.Limits {
		seen = "roamctl keeps to none; "
	}
	seen += fmt.Sprintf("%d of %d calls refused with 429", stats.Refused, stats.Calls)
	switch {
	case stats.Refused > 0:
		return warning(name, seen, "other programs use the App Key's limits too: lower quota_share, or wait")
	case !s.Limits && !o.Sandbox && !o.Target.local():
		return warning(name, seen, "set limits to on: the service refuses calls over its limits")
	default:
		return passed(name, seen)
	}
}
