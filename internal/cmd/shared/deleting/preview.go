package deleting

import (
	"context"
	"fmt"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/restore"
	"github.com/roamctl/roamctl/internal/roaming"
)

// maxCounted is how many conversations a prompt or a dry run lists.
const maxCounted = 20

// Preview reads what s would delete and counts it by conversation, for the
// prompt. It refuses what can't be deleted as asked.
func Preview(ctx context.Context, a *app.App, s deletion.Settings) ([]string, error) {
	svc, err := a.Service(ctx)
	if err != nil {
		return nil, err
	}
	restorable, err := newRestorable(ctx, a, s)
	if err != nil {
		return nil, err
	}
	if !s.NoBackup {
		frozen, err := deletion.Check(ctx, svc, s, restorable)
		return append(countLines(a, frozen), restorable.note()), err
	}
	frozen, err := deletion.Freeze(ctx, svc, s.Job, restorable)
	if err != nil && ctx.Err() == nil {
		return []string{fmt.Sprintf("How much that is can't be counted: %v.", err), restorable.note()}, nil
	}
	return append(countLines(a, frozen), restorable.note()), err
}

// countLines say how many messages of which conversations go, with times in the
// configured zone.
func countLines(a *app.App, frozen []deletion.Frozen) []string {
	in := time.UTC
	if opts, err := a.Output(); err == nil { // an error is reported before
		in = opts.Location
	}
	var lines []string
	rest := 0
	for i, f := range frozen {
		if i >= maxCounted {
			rest += len(f.Visible)
			continue
		}
		line := fmt.Sprintf("  %s (%s): %s", f.Conversation, f.Type, render.Count(len(f.Visible), "message"))
		if !f.Oldest.IsZero() {
			line += fmt.Sprintf(", %s to %s", a.ShowTime(f.Oldest.In(in)), a.ShowTime(f.Newest.In(in)))
		}
		lines = append(lines, line+senders(f.From))
	}
	if more := len(frozen) - maxCounted; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %s with %s", render.Count(more, "more conversation"), render.Count(rest, "message")))
	}
	return lines
}

// discard is a sink and a journal that keeps nothing.
type discard struct{}

func (discard) AddConversation(roaming.Conversation) error { return nil }
func (discard) AddMessage(roaming.Message) error           { return nil }
func (discard) Append(string, any) error                   { return nil }

// restorable is a sink that counts the messages that restore could import again.
type restorable struct {
	discard

	settings deletion.Settings
	counted  restore.Estimate
}

func newRestorable(ctx context.Context, a *app.App, s deletion.Settings) (*restorable, error) {
	client, err := a.Client(ctx)
	if err != nil {
		return nil, err
	}
	return &restorable{settings: s, counted: restore.Estimate{Check: client.CheckImport}}, nil
}

// AddMessage counts a message.
func (r *restorable) AddMessage(m roaming.Message) error {
	r.counted.Add(r.settings.Job.User, m)
	return nil
}

func (r *restorable) note() string {
	if r.settings.Job.Recall != nil {
		return recallRestoreNote(r.settings.NoBackup, &r.counted)
	}
	return restoreNote(r.settings.NoBackup, &r.counted)
}

// restoreNote says what restore will be able to do about the messages; counted is
// nil for messages that were not read.
func restoreNote(noBackup bool, counted *restore.Estimate) string {
	if noBackup {
		return "No backup is made: there is no way back."
	}
	what := "the messages"
	switch {
	case counted == nil:
	case counted.Messages == 0:
		return "A backup is made first."
	case counted.Importable == 0:
		return "A backup is made first. roamctl restore can import none of the messages again: they can only be read there."
	case counted.Importable == counted.Messages:
		what = render.Count(counted.Messages, "message")
	default:
		what = fmt.Sprintf("at most %d of %s", counted.Importable, render.Count(counted.Messages, "message"))
	}
	return "A backup is made first. roamctl restore imports " + what + " again, but for everybody in the conversation: " +
		"it skips what others still have, which after a deletion for one user is usually everything, " +
		"unless --allow-duplicates shows it to them twice."
}
