package sandbox

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/sandbox/admin"
)

type watchOptions struct {
	data  string
	all   bool
	limit int
}

func newWatch(a *app.App) *cobra.Command {
	o := watchOptions{}
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Watch what happens in the sandbox",
		Long: `Show what happens in the sandbox, as it happens, until Ctrl-C: messages that
clients send, receipts, recalls, edits, deletions, pins and marks, the notices that
other devices get of them, devices that come and go, and every request and frame
that is refused, with its route and the reason. Imports are not shown. The newest
10,000 events are kept, for --all.

Events: message, recall, edit, delivered, read, read_conversation, delete,
delete_everything, delete_conversation, pin, unpin, mark, unmark, notice, login,
logout, refusal.

` + whichSandbox,
		Example: `  roamctl sandbox watch
  roamctl sandbox watch --all --limit 20 -o ndjson`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	dataFlag(cmd, &o.data)
	cmd.Flags().BoolVar(&o.all, "all", false, "print the kept events first")
	cmd.Flags().IntVar(&o.limit, "limit", 0, "stop after `N` events; 0 for no limit")
	flags.Columns(cmd, eventView())
	return cmd
}

func (o *watchOptions) run(ctx context.Context, a *app.App) error {
	if o.limit < 0 {
		return fault.New(fault.Usage, "--limit is %d: it can't be negative", o.limit)
	}
	list, err := app.NewList(a, eventView())
	if err != nil {
		return err
	}
	client, err := administer(ctx, a, o.data)
	if err != nil {
		return err
	}
	a.Note("watching; stop with Ctrl-C")
	return errors.Join(o.follow(ctx, client, list), list.Close(""))
}

// follow writes events until the limit, or until ctx is cancelled.
func (o *watchOptions) follow(ctx context.Context, client *admin.Client, list *render.List[admin.Event]) error {
	after := int64(-1)
	if o.all {
		after = 0
	}
	for left := o.limit; ; {
		events, next, err := client.Events(ctx, after)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the user stopped it
		}
		if err != nil {
			return asFault(err)
		}
		after = next
		if o.limit > 0 {
			events = events[:min(len(events), left)]
			left -= len(events)
		}
		if err := errors.Join(list.Write(events...), list.Flush()); err != nil {
			return err
		}
		if o.limit > 0 && left == 0 {
			return nil
		}
	}
}

// eventTime shows seconds on a terminal, too.
func eventTime(t time.Time, env render.Env) string {
	if !env.Terminal {
		return env.Time(t)
	}
	t, now := t.In(env.Location), env.Now.In(env.Location)
	if t.Format(time.DateOnly) != now.Format(time.DateOnly) {
		return t.Format("2006-01-02 15:04:05.000")
	}
	return t.Format("15:04:05.000")
}

func eventView() render.View[admin.Event] {
	columns := render.Fields[admin.Event]("seq,hidden", "time", "kind", "user", "device,drop=1", "chat_type,hidden", "conversation",
		"message_id,hidden", "detail,flex", "method,hidden", "route,hidden", "status,hidden")
	columns[0].Right = false
	columns[2].MinWidth = len("delete_conversation")
	columns[1].Cell = func(e admin.Event, env render.Env) string { return eventTime(e.Time.Time, env) }
	return render.View[admin.Event]{Columns: columns}
}
