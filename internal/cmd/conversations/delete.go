package conversations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/destroy"
	"github.com/roamctl/roamctl/internal/cmd/flags"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

type deleteOptions struct {
	owner          string
	chatType       roaming.ChatType
	deleteMessages bool
	keepMessages   bool
	everyone       bool
	act            destroy.Flags
}

func newDelete(a *app.App) *cobra.Command {
	o := deleteOptions{chatType: roaming.Chat}
	cmd := &cobra.Command{
		Use:     "delete --user U ID... {--delete-messages | --keep-messages}",
		Aliases: []string{"rm"},
		Short:   "Delete conversations from one user's list, with or without messages",
		Long: `Take conversations off one user's list. With --delete-messages that user also
loses the messages; with --keep-messages they can still be fetched, and a new
message brings the conversation back. The other side keeps everything. What is
about to go is backed up first, and looked for again afterwards.

--everyone asks for the outcome that the service's older guide describes: the
conversation is deleted for each participant, one after the other: both sides
of a chat, or every member of a group.

A user's conversations may be deleted 5 times a minute; calls wait for that.`,
		Example: `  roamctl conversations delete -u alice bob --keep-messages --dry-run --sandbox
  roamctl conversations delete -u alice bob carol --delete-messages --yes --sandbox`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fault.New(fault.Usage, "which conversation? give at least one ID")
			}
			return nil
		},
		ValidArgsFunction: flags.CompleteConversations(a, &o.owner),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	flags.User(cmd, &o.owner)
	flags.Enum(cmd, &o.chatType, "type", "chat|group", "what the conversations are", parseListType, roaming.Chat, roaming.Group)
	cmd.Flags().BoolVar(&o.deleteMessages, "delete-messages", false, "the messages go too")
	cmd.Flags().BoolVar(&o.keepMessages, "keep-messages", false, "the messages stay")
	cmd.Flags().BoolVar(&o.everyone, "everyone", false, "for every participant, not for this user only")
	cmd.MarkFlagsOneRequired("delete-messages", "keep-messages")
	cmd.MarkFlagsMutuallyExclusive("delete-messages", "keep-messages")
	o.act.Declare(cmd)
	flags.Columns(cmd, deletedView())
	return cmd
}

func (o *deleteOptions) run(ctx context.Context, a *app.App, ids []string) error {
	refs, err := o.refs(ids)
	if err != nil {
		return err
	}
	opts, err := a.Output()
	if err != nil {
		return err
	}
	list, err := render.NewList(a.IO, opts, deletedView())
	if err != nil {
		return err
	}
	jobs, err := o.jobs(ctx, a, refs)
	if err != nil {
		return o.act.Refused(ctx, a, destroy.Deletion{Jobs: o.own(refs)}, err)
	}
	results, failed := o.act.Run(ctx, a, destroy.Deletion{Jobs: jobs, Confirm: o.confirmation(ids, jobs)})
	if results == nil {
		return failed
	}
	for _, r := range results {
		if err := list.Write(newDeleted(r, o.deleteMessages)...); err != nil {
			return errors.Join(err, failed)
		}
	}
	o.warnOfNothing(a, results)
	if err := errors.Join(list.Close(""), failed); err != nil {
		return err
	}
	return o.explain(a, opts, results)
}

// warnOfNothing names the conversations that took no call: an ID or --type may
// be mistyped.
func (o *deleteOptions) warnOfNothing(a *app.App, results []destroy.Result) {
	for _, r := range results {
		for _, t := range r.Job.Targets {
			calls := func(b deletion.Batch) bool { return b.Conversation == t.Conversation }
			if r.Err == nil && !slices.ContainsFunc(r.Report.Batches, calls) {
				a.Warn("nothing to do: %s has no %s %s on the list and no message in it", t.Owner, t.Type, t.Conversation)
			}
		}
	}
}

// explain tells people what the table does not: the requests of a dry run, and
// the way back.
func (o *deleteOptions) explain(a *app.App, opts render.Options, results []destroy.Result) error {
	if opts.Format != render.Table {
		return nil
	}
	var requests []app.Request
	for _, r := range results {
		requests = append(requests, r.Requests...)
		if r.Report.Backup != nil {
			a.Note("run %s: roamctl restore %s shows what can be put back", r.Report.RunID, r.Report.RunID)
		}
	}
	if o.act.DryRun {
		a.PrintRequests(requests)
	}
	return nil
}

func (o *deleteOptions) refs(ids []string) ([]roaming.Ref, error) {
	if err := flags.CheckUser(o.owner); err != nil {
		return nil, err
	}
	var refs []roaming.Ref
	seen := map[string]bool{}
	for _, id := range ids {
		if err := flags.CheckConversation("conversation", id, o.chatType); err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			refs = append(refs, roaming.Ref{Owner: o.owner, Conversation: id, Type: o.chatType})
		}
	}
	return refs, nil
}

// jobs is one job for each owner: the user alone, or with --everyone every
// participant.
func (o *deleteOptions) jobs(ctx context.Context, a *app.App, refs []roaming.Ref) ([]deletion.Job, error) {
	settings, err := a.Settings()
	if err != nil {
		return nil, err
	}
	jobs := []deletion.Job{{Owner: o.owner}}
	for _, ref := range refs {
		sides := []roaming.Ref{ref}
		if o.everyone {
			svc, err := a.Service(ctx)
			if err != nil {
				return nil, err
			}
			if sides, err = deletion.Everyone(ctx, svc, ref); err != nil {
				return nil, err
			}
		}
		for _, side := range sides {
			i := slices.IndexFunc(jobs, func(j deletion.Job) bool { return j.Owner == side.Owner })
			if i < 0 {
				i = len(jobs)
				jobs = append(jobs, deletion.Job{Owner: side.Owner})
			}
			jobs[i].Targets = append(jobs[i].Targets, deletion.Target{Ref: side, All: o.deleteMessages, Drop: true})
		}
	}
	for i := range jobs {
		jobs[i].Command, jobs[i].Notify, jobs[i].BatchSize = "conversations delete", true, settings.DeleteBatchSize
	}
	return jobs, nil
}

// own is the job of the user's own side.
func (o *deleteOptions) own(refs []roaming.Ref) []deletion.Job {
	job := deletion.Job{Command: "conversations delete", Owner: o.owner}
	for _, ref := range refs {
		job.Targets = append(job.Targets, deletion.Target{Ref: ref, All: o.deleteMessages, Drop: true})
	}
	return []deletion.Job{job}
}

func (o *deleteOptions) confirmation(ids []string, jobs []deletion.Job) app.Confirmation {
	what := "conversation " + ids[0]
	word := ids[0]
	if len(ids) > 1 {
		what, word = fmt.Sprintf("%d conversations (%s)", len(ids), strings.Join(ids, ", ")), o.owner
	}
	whose := fmt.Sprintf("from %s's list", o.owner)
	others := "Everybody else keeps theirs."
	if o.everyone {
		whose = fmt.Sprintf("from the lists of all %d participants", len(jobs))
		others = "Nobody keeps it."
	}
	fate := "The messages stay and can still be fetched."
	if o.deleteMessages {
		fate = "Its messages go with it."
	}
	return app.Confirmation{
		Lines: []string{fmt.Sprintf("This deletes %s (%s) %s.", what, o.chatType, whose), fate + " " + others},
		Word:  word,
	}
}
