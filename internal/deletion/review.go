package deletion

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// reviewer looks again before a resumed job sends a call that was decided on
// earlier. Such a call may now delete more than was confirmed: messages arrive, and a
// restore or an import gives messages old times.
type reviewer struct {
	service  roaming.Service
	command  string
	progress map[int]CallState
}

// errNothingLeft is why a call need not be sent again.
var errNothingLeft = errors.New("nothing is left of what it was to delete")

// review returns the call to send, or why none is sent: errNothingLeft, or a
// fault.Safety that says what is there now. A call by ID can be repeated. A call by
// time is sent if it certainly was not sent before, as its time was in the past then.
// A call that deletes everything is only sent by the process that asked.
func (r reviewer) review(ctx context.Context, c Call) (Call, error) {
	switch {
	case c.Op == OpThrough && r.inDoubt(c), c.Op == OpConversation && c.WithMessages:
		there, err := r.messages(ctx, c)
		if err != nil {
			return c, err
		}
		if there != "" {
			return c, r.refuse(c, there)
		}
		if c.Op == OpThrough {
			return c, errNothingLeft
		}
		c.WithMessages = false // a message that arrives now stays
	case c.Op == OpEverything:
		there, err := r.conversations(ctx, c.Ref.User)
		if err != nil {
			return c, err
		}
		return c, r.refuse(c, there)
	}
	return c, nil
}

// inDoubt reports whether c may have been carried out before.
func (r reviewer) inDoubt(c Call) bool {
	state, sent := r.progress[c.Number]
	return sent && state.inDoubt()
}

// messages says how many messages the call would delete; "" for none.
func (r reviewer) messages(ctx context.Context, c Call) (string, error) {
	target := Target{Ref: c.Ref, Through: c.Through, All: c.Op == OpConversation}
	query := roaming.HistoryQuery{Until: shifted(c.Through, rounding), Limit: roaming.MaxHistoryPage, UserView: true}
	n := 0
	for m, err := range roaming.Items(r.service.History(ctx, c.Ref, query)) {
		switch {
		case roaming.IsItemError(err), err == nil && target.takes(m):
			n++
		case err != nil:
			return "", err
		}
	}
	switch {
	case n == 0:
		return "", nil
	case n >= roaming.MaxHistoryPage:
		return fmt.Sprintf("it has %d messages or more", n), nil
	}
	return fmt.Sprintf("it has %d messages", n), nil
}

// conversations describes the user's list.
func (r reviewer) conversations(ctx context.Context, user string) (string, error) {
	const most = 5
	var ids []string
	n := 0
	for c, err := range roaming.WholeList(ctx, r.service, user, roaming.ConversationQuery{IncludeEmpty: true}) {
		if err != nil && !roaming.IsItemError(err) {
			return "", err
		}
		n++
		if err == nil && len(ids) < most {
			ids = append(ids, c.ID)
		}
	}
	if n == 0 {
		return "nothing is on the list; chat rooms are on no list", nil
	}
	if n > len(ids) {
		ids = append(ids, "...")
	}
	return fmt.Sprintf("%d conversations are on the list (%s)", n, strings.Join(ids, ", ")), nil
}

func (r reviewer) refuse(c Call, there string) error {
	what := "everything of " + c.Ref.User
	switch c.Op {
	case OpThrough:
		what = "the messages of " + c.Ref.String() + " up to " + c.Through.String()
	case OpConversation:
		what = c.Ref.String()
	case OpIDs, OpEverything, OpRecall:
	}
	why := "was not sent before the run was interrupted, and would delete what arrived since"
	if r.inDoubt(c) {
		why = "was sent and may have succeeded; sent again, it would delete what arrived since"
	}
	return fault.New(fault.Safety, "cannot resume deleting %s: the call %s; now %s", what, why, there).
		WithHint("to delete all of it, run %s again; it asks for confirmation", r.command)
}
