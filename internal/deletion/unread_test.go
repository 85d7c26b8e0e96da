package deletion

import (
	"context"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// ignoring is a service that accepts deletions and deletes nothing.
type ignoring struct{ roaming.Service }

func (ignoring) DeleteMessages(context.Context, roaming.Ref, []roaming.MessageID, bool) error {
	return nil
}

func (ignoring) DeleteMessagesBefore(context.Context, roaming.Ref, time.Time, bool) error { return nil }

// Also what was deleted without a backup is looked for, where the job names it.
func TestVerifyAfterNoBackup(t *testing.T) {
	for name, target := range map[string]func(w *world) Target{
		"by ID":   func(w *world) Target { return Target{Ref: chat, IDs: w.ids[:2]} },
		"by time": func(*world) Target { return Target{Ref: chat, Through: roaming.Time{Time: begin.Add(time.Minute)}} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 5)
			s := w.settings(target(w))
			s.NoBackup = true
			e := w.engine()
			e.Service = ignoring{w.svc}
			r, err := e.Run(t.Context(), s, &journal{}, Replay{})
			w.want("kind", fault.Partial, fault.KindOf(err))
			w.want("still visible", 2, len(r.Verification.StillVisible))

			s.Verify = VerifyPeer
			r, err = w.engine().Run(t.Context(), s, &journal{}, Replay{})
			w.must(err)
			w.want("still visible", []roaming.MessageID{}, r.Verification.StillVisible)
			w.want("peer", PeerIntact, r.Verification.Peer)
			w.want("left", w.ids[2:], w.left(chat))
		})
	}
}

func TestVerifyAfterNoBackupReportsUnreadableHistories(t *testing.T) {
	w := newWorld(t, 5, "route=history,status=503,nth=2") // the first is of what is named
	s := w.settings(Target{Ref: chat, Through: roaming.Time{Time: begin.Add(time.Minute)}})
	s.NoBackup = true
	r, err := w.engine().Run(t.Context(), s, &journal{}, Replay{})
	w.want("kind", fault.Partial, fault.KindOf(err))
	w.want("an error", true, r.Verification.Error != "")
}
