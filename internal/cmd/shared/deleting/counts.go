package deleting

import (
	"context"
	"fmt"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
)

// maxCounted is how many conversations a prompt or a dry run lists.
const maxCounted = 20

// preview reads what s is about to delete and counts it by conversation, for
// the question. It refuses what could not be deleted as asked.
func preview(ctx context.Context, a *app.App, s deletion.Settings) ([]string, error) {
	svc, err := a.Service(ctx)
	if err != nil {
		return nil, err
	}
	sink, err := newOutlook(ctx, a, s)
	if err != nil {
		return nil, err
	}
	if !s.NoBackup {
		frozen, err := deletion.Check(ctx, svc, s, sink)
		return append(counts(a, frozen), sink.wayBack()), err
	}
	frozen, err := deletion.Freeze(ctx, svc, s.Job, sink)
	if err != nil && ctx.Err() == nil {
		return []string{fmt.Sprintf("How much that is can't be counted: %v.", err), sink.wayBack()}, nil
	}
	return append(counts(a, frozen), sink.wayBack()), err
}

// counts are lines that say how many messages of which conversations go.
func counts(a *app.App, frozen []deletion.Frozen) []string {
	var lines []string
	rest := 0
	for i, f := range frozen {
		if i >= maxCounted {
			rest += len(f.Visible)
			continue
		}
		line := fmt.Sprintf("  %s (%s): %s", f.Conversation, f.Type, render.Count(len(f.Visible), "message"))
		if !f.Oldest.IsZero() {
			line += fmt.Sprintf(", %s to %s", a.ShowTime(f.Oldest.Time), a.ShowTime(f.Newest.Time))
		}
		lines = append(lines, line)
	}
	if more := len(frozen) - maxCounted; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %s with %s", render.Count(more, "more conversation"), render.Count(rest, "message")))
	}
	return lines
}
