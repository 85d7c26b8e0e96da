package messages

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/timeparse"
)

type deleteOptions struct {
	selection
	before    string
	noNotify  bool
	batchSize int
}

func newDelete(a *app.App) *cobra.Command {
	o := deleteOptions{}
	cmd := &cobra.Command{
		Use:     "delete {--user USER | --users-file FILE | --all-users} [--conversation ID] {--id ID... | --ids-file FILE | --before TIME}",
		Aliases: []string{"rm"},
		Short:   "Delete messages from users' histories",
		Long: `Delete messages of a conversation from a user's history, by ID or up to a time.
The user loses them, on the server and, unless --no-notify is given, on online
devices. Nobody else loses anything.

The command backs the messages up first and checks the deletion afterwards. IDs
that the user cannot see stop the deletion, unless --force is given.

Any number of IDs is accepted. They are checked first, and sent in batches of at
most 50. A batch that fails does not stop the others. The IDs that the service did
not confirm as deleted are printed on standard output, one a line, for another
--ids-file.

An IDs file has one ID a line; blank lines and # comments are skipped. With
--ids-column it is CSV with a header, or NDJSON, such as messages fetch prints.

--before deletes every message up to and including TIME, to the millisecond. A day
means its first moment, in --tz. It accepts several users. Without --conversation
it applies to every conversation on the user's list. A user that fails does not
stop the others.`,
		Example: `  roamctl messages delete -u alice -c bob --before 30d --dry-run --sandbox
  roamctl messages delete -u alice -c bob --before 2020-01-01 --yes --sandbox
  roamctl messages delete --users-file users.txt --before 90d --dry-run --sandbox
  roamctl messages fetch -u alice -c bob --kind img --all -o ndjson --jq .id --sandbox |
    roamctl messages delete -u alice -c bob --ids-file - --yes --sandbox`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	o.users.Declare(cmd)
	flags.Conversation(cmd, a, &o.users, &o.ref.Conversation, &o.chatType)
	o.ids.declare(cmd, "delete")
	cmd.Flags().StringVar(&o.before, "before", "", "delete every message up to and including this `TIME` (2026-11-20, 3d, ...)")
	cmd.Flags().BoolVar(&o.noNotify, "no-notify", false, "don't notify the user's online devices")
	cmd.Flags().IntVar(&o.batchSize, "batch-size", 0, "send `N` IDs a request, 1 to 50 (default: the profile's delete_batch_size)")
	cmd.MarkFlagsOneRequired("id", "ids-file", "before")
	cmd.MarkFlagsMutuallyExclusive("before", "id")
	cmd.MarkFlagsMutuallyExclusive("before", "ids-file")
	o.limits.Declare(cmd)
	o.act.Declare(cmd)
	return cmd
}

func (o *deleteOptions) run(ctx context.Context, a *app.App) error {
	if err := o.check(a, o.before == "", "delete by time: --before"); err != nil {
		return err
	}
	if err := o.setBatchSize(a); err != nil {
		return err
	}
	if err := deleting.CheckOutput(a); err != nil {
		return err
	}
	target, err := o.target(a)
	if err != nil {
		return err
	}
	job := deletion.Job{Command: "messages delete", User: o.ref.User, Notify: !o.noNotify, BatchSize: o.batchSize}
	return o.delete(ctx, a, job, target, o.confirmation(a, target))
}

func (o *deleteOptions) setBatchSize(a *app.App) error {
	if o.batchSize == 0 {
		settings, err := a.Settings()
		if err != nil {
			return err
		}
		o.batchSize = settings.DeleteBatchSize
	}
	if o.batchSize < 1 || o.batchSize > roaming.MaxDeleteIDs {
		return fault.New(fault.Usage, "--batch-size is %d: it must be 1 to %d", o.batchSize, roaming.MaxDeleteIDs)
	}
	return nil
}

// target returns the messages that the flags name.
func (o *deleteOptions) target(a *app.App) (deletion.Target, error) {
	t := deletion.Target{Ref: o.ref}
	var err error
	if o.before != "" {
		// Like the service's delTime (docs/contract.md, section 4), --before
		// includes its own millisecond.
		before, err := a.ParseTime("--before", o.before)
		t.Through = roaming.Time{Time: before}
		noted := timeparse.MeansLast(o.before) || !o.act.Yes && o.act.Plan() == "" // a prompt and a dry run show it
		if err == nil && !noted {
			a.Note("--before is %s", a.ShowTime(before))
		}
		return t, err
	}
	t.IDs, err = o.ids.read(a)
	return t, err
}

func (o *deleteOptions) confirmation(a *app.App, t deletion.Target) app.Confirmation {
	what := render.Count(len(t.IDs), "message") + ", named by ID,"
	if !t.Through.IsZero() {
		what = "every message up to and including " + a.ShowTime(t.Through.Time)
	}
	who, devices := o.ref.User, "Their online devices are notified and lose them too."
	if o.noNotify {
		devices = "Their online devices are not notified."
	}
	loses := " loses them; nobody else does. "
	if o.users.Several() {
		who, loses = "Each user", " loses their own; nobody else loses anything. "
	}
	lines := []string{fmt.Sprintf("This deletes %s from %s.", what, describeHistories(o.users, o.ref)), who + loses + devices}
	if o.ref.Conversation == "" {
		lines = append(lines, "Not deleted: "+deleting.Uncovered("messages delete", deletion.CoversListed)+".")
	}
	return app.Confirmation{
		Lines: lines,
		Word:  cmp.Or(o.ref.Conversation, o.ref.User),
	}
}

// describeHistories describes the histories that a command is about.
func describeHistories(users flags.Users, ref roaming.Ref) string {
	kind := cmp.Or(string(ref.Type), "conversation")
	switch {
	case ref.Conversation != "" && users.Several():
		return fmt.Sprintf("their history of %s %s", kind, ref.Conversation)
	case ref.Conversation != "":
		return ref.String()
	case users.Several():
		return fmt.Sprintf("every %s on their lists", kind)
	default:
		return fmt.Sprintf("every %s on the list of %s", kind, ref.User)
	}
}
