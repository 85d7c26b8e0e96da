package conversations

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/roaming"
)

// everyones returns a job for each participant of the conversations, the user's
// own first.
func (o *deleteOptions) everyones(ctx context.Context, a *app.App, refs []roaming.Ref) ([]deletion.Job, error) {
	settings, err := a.Settings()
	if err != nil {
		return nil, err
	}
	svc, err := a.Service(ctx)
	if err != nil {
		return nil, err
	}
	job := o.job(settings.DeleteBatchSize, nil)
	jobs := []deletion.Job{job}
	for _, ref := range refs {
		sides, err := deletion.Everyone(ctx, svc, ref)
		if err != nil {
			return nil, err
		}
		for _, side := range sides {
			i := slices.IndexFunc(jobs, func(j deletion.Job) bool { return j.User == side.User })
			if i < 0 {
				i = len(jobs)
				jobs = append(jobs, job.For(side.User))
			}
			jobs[i].Targets = append(jobs[i].Targets, o.target(side))
		}
	}
	return jobs, nil
}

// job is a user's deletion of the conversations of refs or, with
// --all-conversations, of all.
func (o *deleteOptions) job(batchSize int, refs []roaming.Ref) deletion.Job {
	job := deletion.Job{Command: "conversations delete", User: o.user, Notify: true, BatchSize: batchSize}
	if o.all {
		job.Each = &deletion.Each{Type: o.chatType, All: o.deleteMessages, Drop: true}
	}
	for _, ref := range refs {
		job.Targets = append(job.Targets, o.target(ref))
	}
	return job
}

func (o *deleteOptions) target(ref roaming.Ref) deletion.Target {
	return deletion.Target{Ref: ref, All: o.deleteMessages, Drop: true}
}

func (o *deleteOptions) confirmation(refs []roaming.Ref, participants int) app.Confirmation {
	what, word := o.what(refs)
	whose := fmt.Sprintf("from %s's list", o.user)
	if o.users.Several() {
		whose = "from the user's own list"
	}
	others := "Everybody else keeps theirs."
	if o.everyone {
		whose = fmt.Sprintf("from the lists of all %d participants", participants)
		others = "Nobody keeps it."
	}
	fate := "The messages stay and can still be fetched."
	if o.deleteMessages {
		fate = "Its messages go with it."
	}
	return app.Confirmation{Lines: []string{fmt.Sprintf("This deletes %s %s.", what, whose), fate + " " + others}, Word: word}
}

// what describes the deletion, and returns the word that confirms it.
func (o *deleteOptions) what(refs []roaming.Ref) (what, word string) {
	switch {
	case o.all && o.chatType != "":
		return fmt.Sprintf("EVERY %s", o.chatType), o.user
	case o.all:
		return "EVERY conversation", o.user
	case len(refs) == 1:
		return fmt.Sprintf("conversation %s (%s)", refs[0].Conversation, o.chatType), refs[0].Conversation
	}
	ids := make([]string, len(refs))
	for i, ref := range refs {
		ids[i] = ref.Conversation
	}
	return fmt.Sprintf("%d conversations (%s) (%s)", len(ids), strings.Join(ids, ", "), o.chatType), o.user
}
