package deletion

import (
	"context"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// maxPasses bounds how often a list that keeps moving is read.
const maxPasses = 10

// listing is an owner's conversation list, read for what a job takes off it.
type listing struct {
	job  Job
	sink Sink

	drops   map[roaming.Ref]bool // named by the job
	seen    map[roaming.Ref]bool // and found on the list
	targets []Target
}

// listed is the job's targets, with the conversations' entries given to sink
// where they are about to leave the list.
//
// The list is in the order of the latest messages: a conversation that moves to
// its top while the pages are read shows up on none of them. So it is read
// again until it has nothing new, unless all that was named is found.
func listed(ctx context.Context, svc roaming.Service, job Job, sink Sink) ([]Target, error) {
	l := listing{job: job, sink: sink, drops: map[roaming.Ref]bool{}, seen: map[roaming.Ref]bool{}, targets: job.Targets}
	for _, t := range job.Targets {
		if t.Drop {
			l.drops[t.Ref] = true
		}
	}
	if len(l.drops) == 0 && !job.All {
		return job.Targets, nil
	}
	for range maxPasses {
		before := len(l.seen)
		if err := l.read(ctx, svc); err != nil {
			return nil, err
		}
		if len(l.seen) == before || !job.All && len(l.seen) == len(l.drops) {
			return onList(l.targets, l.seen), nil
		}
	}
	return nil, fault.New(fault.Safety, "%s's conversation list had new conversations each of %d times that it was read; nothing was deleted", job.Owner, maxPasses).
		WithHint("try again when the user is less busy")
}

// read reads the list once.
func (l *listing) read(ctx context.Context, svc roaming.Service) error {
	for c, err := range roaming.Items(svc.Conversations(ctx, l.job.Owner, roaming.ConversationQuery{IncludeEmpty: true})) {
		if err != nil {
			if roaming.IsItemError(err) {
				return unreadable(l.job.Owner+"'s conversation list", err)
			}
			return err
		}
		ref := roaming.Ref{Owner: l.job.Owner, Conversation: c.ID, Type: c.Type}
		if l.seen[ref] || !l.job.All && !l.drops[ref] {
			continue
		}
		l.seen[ref] = true
		if l.job.All {
			l.targets = append(l.targets, Target{Ref: ref, All: true, Drop: true})
		}
		if err := l.sink.AddConversation(c); err != nil {
			return err
		}
	}
	return nil
}

// onList are the targets, without the dropping of what is on no list: the
// service would say ok to that, and nobody would notice a mistyped ID.
func onList(targets []Target, listed map[roaming.Ref]bool) []Target {
	targets = slices.Clone(targets)
	for i, t := range targets {
		targets[i].Drop = t.Drop && listed[t.Ref]
	}
	return targets
}
