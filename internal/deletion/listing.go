package deletion

import (
	"context"
	"errors"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// listing reads a user's conversation list for what a job deletes from it.
type listing struct {
	job  Job
	each *Each
	sink Sink

	drops   map[roaming.Ref]bool // named by the job
	seen    map[roaming.Ref]bool // and found on the list
	targets []Target
}

// listed returns the job's targets, and passes the conversations that are to leave
// the list to sink.
func listed(ctx context.Context, svc roaming.Service, job Job, sink Sink) ([]Target, error) {
	l := listing{job: job, each: job.each(), sink: sink, drops: map[roaming.Ref]bool{}, seen: map[roaming.Ref]bool{}, targets: job.Targets}
	for _, t := range job.Targets {
		if t.Drop {
			l.drops[t.Ref] = true
		}
	}
	if len(l.drops) == 0 && l.each == nil {
		return job.Targets, nil
	}
	if err := l.read(ctx, svc); err != nil {
		return nil, err
	}
	return onList(l.targets, l.seen), nil
}

// read reads the list until all conversations that the job names are found.
func (l *listing) read(ctx context.Context, svc roaming.Service) error {
	query := roaming.ConversationQuery{IncludeEmpty: true}
	if l.each != nil {
		query.Type = l.each.Type
		query.IncludeEmpty = l.each.Drop // there are no messages in it to delete
	}
	for c, err := range roaming.WholeList(ctx, svc, l.job.User, query) {
		switch {
		case errors.Is(err, roaming.ErrRestless):
			return fault.Wrap(fault.Safety, err, "%s", l.job.nothing()).WithHint("try again when fewer messages arrive for the user")
		case roaming.IsItemError(err):
			return unreadable(l.job, l.job.User+"'s conversation list", err)
		case err != nil:
			return err
		}
		ref := roaming.Ref{User: l.job.User, Conversation: c.ID, Type: c.Type}
		if l.each == nil && !l.drops[ref] {
			continue
		}
		if err := l.take(ref, c); err != nil {
			return err
		}
		if l.each == nil && len(l.seen) == len(l.drops) {
			return nil
		}
	}
	return nil
}

func (l *listing) take(ref roaming.Ref, c roaming.Conversation) error {
	l.seen[ref] = true
	if l.each != nil && !l.drops[ref] {
		l.targets = append(l.targets, l.each.target(ref))
		if !l.each.Drop {
			return nil // it stays on the list
		}
	}
	return l.sink.AddConversation(c)
}

// onList returns the targets, without deleting conversations that are on no list:
// the service would accept that, and nobody would notice a mistyped ID.
func onList(targets []Target, listed map[roaming.Ref]bool) []Target {
	targets = slices.Clone(targets)
	for i, t := range targets {
		targets[i].Drop = t.Drop && listed[t.Ref]
	}
	return targets
}
