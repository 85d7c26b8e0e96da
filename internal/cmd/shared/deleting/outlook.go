package deleting

import (
	"context"
	"fmt"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/restore"
	"github.com/roamctl/roamctl/internal/roaming"
)

// outlook is a sink that keeps nothing and counts what a restore could import.
type outlook struct {
	discard

	settings deletion.Settings
	counted  restore.Estimate
}

func newOutlook(ctx context.Context, a *app.App, s deletion.Settings) (*outlook, error) {
	client, err := a.Client(ctx)
	if err != nil {
		return nil, err
	}
	return &outlook{settings: s, counted: restore.Estimate{Check: client.CheckImport}}, nil
}

// AddMessage counts a message.
func (o *outlook) AddMessage(m roaming.Message) error {
	o.counted.Add(o.settings.Job.User, m)
	return nil
}

func (o *outlook) wayBack() string { return wayBack(o.settings.NoBackup, &o.counted) }

// wayBack says what restore will be able to do about messages that were counted;
// nil for messages that were not read.
func wayBack(noBackup bool, counted *restore.Estimate) string {
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
