package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// console is where the vendor shows and activates features.
const console = "the vendor's console shows it: https://console.easemob.com, the app, Instant Messaging, Features (功能配置)"

// userChecks are the names of the checks that --user takes, and featureChecks of
// all after the app token's, in order.
func userChecks() []string {
	return []string{"user", "conversation_list", "history", "history_rooms", "search"}
}

func featureChecks() []string {
	return append(userChecks(), "history_files", "one_way_deletion", "recall", "import", "limits")
}

// features finds out which features are open, by calls that read.
func (o Options) features(ctx context.Context) []Check {
	user := skipAll("give --user to check it", userChecks()...)
	var files Check
	var all sync.WaitGroup
	all.Go(func() { files = o.historyFiles(ctx) })
	if o.User != "" {
		all.Go(func() { user = o.asUser(ctx) })
	}
	all.Wait()
	checks := slices.Concat(user, []Check{files})
	for _, name := range []string{"one_way_deletion", "recall", "import"} {
		checks = append(checks, unknown(name, "finding out would change something", console))
	}
	return append(checks, o.limits())
}

// asUser checks what takes a user: the conversation list, for which the service
// wants the user's token, then the history of a conversation on it, for which it may
// take the app's (setting history_token).
func (o Options) asUser(ctx context.Context) []Check {
	listed, listErr := o.firstListed(ctx)
	user, list := o.list(listed, listErr)
	if f := faultOf(listErr); user.Verdict == Failed && f.Kind == fault.NotFound {
		return append([]Check{user}, skipAll("there is no user "+o.User, userChecks()[1:]...)...)
	}
	ref := roaming.Ref{User: o.User, Conversation: o.User, Type: roaming.Chat}
	if len(listed) > 0 {
		ref.Conversation, ref.Type = listed[0].ID, listed[0].Type
	}
	var history, rooms, search Check
	var all sync.WaitGroup
	all.Go(func() {
		if history = o.history(ctx, "history", ref); ref.Conversation == o.User { // a stand-in, without a listed one
			history.Seen = strings.ReplaceAll(history.Seen, ref.String(), "a history of "+o.User)
		}
	})
	all.Go(func() { rooms = o.rooms(ctx) })
	all.Go(func() { search = o.search(ctx) })
	all.Wait()
	return []Check{user, list, history, rooms, search}
}

func (o Options) firstListed(ctx context.Context) ([]roaming.Conversation, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return first(o.Target.Service.Conversations(ctx, o.User, roaming.ConversationQuery{Limit: 1}))
}

// list judges the answer to the conversation list: the user and their token, and the
// list itself.
func (o Options) list(listed []roaming.Conversation, err error) (user, list Check) {
	const name = "conversation_list"
	user = passed("user", "the service accepts a token of "+o.User)
	switch f := faultOf(err); {
	case err == nil && len(listed) == 0:
		return user, passed(name, "open; it has no conversations of "+o.User)
	case err == nil:
		return user, passed(name, "open, read "+o.User+"'s")
	case isClosed(f):
		return user, closed(name, err)
	case f != nil && (f.Kind == fault.NotFound || f.Kind == fault.Auth):
		return failedBy("user", err), skipped(name, "the service accepts no token of "+o.User)
	default:
		list = failedBy(name, err)
		if list.kind == fault.Refused {
			list.Fix += "; the list must be activated: " + console
		}
		return unknown("user", "the conversation list would show it", ""), list
	}
}

// isClosed reports whether the service refused a call because the app lacks the
// feature (docs/contract.md, section 3).
func isClosed(f *fault.Error) bool { return f != nil && f.ServiceError == "function_not_open_error" }

func closed(name string, err error) Check {
	return failed(name, fault.Auth, "closed: "+err.Error(), "ask the vendor to open it; "+console)
}

// history reads one message of a conversation.
func (o Options) history(ctx context.Context, name string, ref roaming.Ref) Check {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	_, err := first(o.Target.Service.History(ctx, ref, roaming.HistoryQuery{Limit: 1}))
	switch {
	case err == nil:
		return passed(name, "open, read "+ref.String())
	case isClosed(faultOf(err)):
		return closed(name, err)
	default:
		return failedBy(name, err)
	}
}

// rooms reads the history of --room. It is optional: rooms have history only on
// request (docs/contract.md, section 3).
func (o Options) rooms(ctx context.Context) Check {
	const name = "history_rooms"
	if o.Room == "" {
		return unknown(name, "it takes a chat room to find out", "give --room with the ID of one of the user's rooms")
	}
	return optional(o.history(ctx, name, roaming.Ref{User: o.User, Conversation: o.Room, Type: roaming.Room}))
}

// search searches for one hit. It is optional.
func (o Options) search(ctx context.Context) Check {
	const name = "search"
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return o.feature(name, o.Target.Service.CheckSearch(ctx, o.User), "buy the add-on if it is needed; only the China 2 data centre has it; "+console)
}

// historyFiles asks for the files of an hour that the service has had time to
// store. They are optional.
func (o Options) historyFiles(ctx context.Context) Check {
	const name = "history_files"
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	err := o.Target.Service.CheckHistoryFiles(ctx, o.Now().Add(-24*time.Hour).Truncate(time.Hour))
	switch {
	case errors.Is(err, roaming.ErrNoMessages):
		return passed(name, "open; there are no messages of 24 hours ago")
	case fault.KindOf(err) == fault.Config:
		return unknown(name, err.Error(), fault.HintOf(err))
	default:
		return o.feature(name, err, console)
	}
}

// feature is the check of an optional feature by the error of a call that needs it.
// The service says no to what is closed or absent; what else it answers says nothing
// of the feature.
func (o Options) feature(name string, err error, fix string) Check {
	f := faultOf(err)
	switch {
	case err == nil:
		return passed(name, "open")
	case f != nil && slices.Contains([]int{http.StatusForbidden, http.StatusNotFound, http.StatusBadRequest}, f.Status):
		return warning(name, "closed: "+err.Error(), fix)
	default:
		c := failedBy(name, err)
		c.Verdict = Unknown
		return c
	}
}

// optional turns a failure into what it is for an optional feature: a warning if
// the service refuses it, else unknown.
func optional(c Check) Check {
	switch {
	case c.Verdict == Failed && c.kind == fault.Network:
		c.Verdict = Unknown
	case c.Verdict == Failed:
		c.Verdict = Warning
	}
	return c
}

// limits says what limits roamctl keeps to, and what refusals the checks met.
func (o Options) limits() Check {
	const name = "limits"
	s, err := o.Config.Settings()
	if err != nil {
		return skipped(name, "the settings are malformed")
	}
	stats := o.Target.Service.Limiter().Stats()
	seen := fmt.Sprintf("%d%% of %d calls a second, and %d lists a minute for each user; ", s.QuotaShare, s.LimitCallsPerSecond, s.LimitListPerMinute)
	if o.Sandbox {
		seen = "the sandbox has none; "
	} else if !s.Limits {
		seen = "roamctl keeps to none; "
	}
	seen += fmt.Sprintf("%d of %d calls refused with 429", stats.Refused, stats.Calls)
	switch {
	case stats.Refused > 0:
		return warning(name, seen, "other programs use the App Key's limits too: lower quota_share, or wait a minute")
	case !s.Limits && !o.Sandbox && !o.Target.local():
		return warning(name, seen, "set limits to on: the service refuses calls over its limits")
	default:
		return passed(name, seen)
	}
}
