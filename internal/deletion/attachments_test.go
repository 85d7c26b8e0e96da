package deletion

import (
	"context"
	"io"
	"io/fs"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// gone is a Fetcher for whose host no file is there.
type gone struct{}

func (gone) Fetch(context.Context, string, string, io.Writer) error {
	return fs.ErrNotExist
}

// An attachment has expired by the service's time. This machine's clock may be
// years ahead.
func TestAttachmentsExpireByTheServicesTime(t *testing.T) {
	for age, kind := range map[time.Duration]fault.Kind{time.Hour: fault.Safety, 8 * 24 * time.Hour: ""} {
		w := newWorld(t, 0)
		_, err := w.box.Send(t.Context(), sandbox.Message{
			Type: "chat", From: "bob", To: "alice", Time: begin.Add(24*time.Hour - age),
			Body: map[string]any{"type": "file", "url": "https://files/1", "filename": "cat.png"},
		})
		w.must(err)
		e := w.engine()
		e.Backup.Fetcher, e.Backup.Now = gone{}, func() time.Time { return begin.AddDate(5, 0, 0) }
		s := w.settings(Target{Ref: chat, All: true})
		s.Attachments = true
		r, err := e.Run(t.Context(), s, &journal{}, Replay{})
		if fault.KindOf(err) != kind {
			t.Errorf("%s old: %v", age, err)
		}
		if left := len(w.left(chat)); (left == 1) != (kind == fault.Safety) {
			t.Errorf("%s old: %d messages are left", age, left)
		}
		if kind == "" && (r.Backup == nil || r.Backup.Attachments == nil || *r.Backup.Attachments != (backup.AttachmentCounts{Failed: 1, Expired: 1})) {
			t.Errorf("%s old: %+v", age, r.Backup)
		}
	}
}
