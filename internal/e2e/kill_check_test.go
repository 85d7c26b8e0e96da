package e2e

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/roaming"
)

// check checks that the victim and the peer lost nothing but what they may have lost.
func (r *round) check(t *testing.T, done bool) {
	t.Helper()
	r.checkSide(t, r.victim, r.peer, done)
	if r.both {
		r.checkSide(t, r.peer, r.victim, done)
	} else if lost := r.missing(t, r.peer, r.victim); len(lost) > 0 {
		t.Errorf("round %d (%s): the peer lost %q", r.n, r.words, lost)
	}
	log := audit.Open(filepath.Join(r.home, ".local", "state", "roamctl", "audit.ndjson"), time.Now)
	if _, err := log.Verify(t.Context()); err != nil {
		t.Errorf("round %d: the audit log: %v", r.n, err)
	}
}

// checkSide compares one user's view with the backups and with what was confirmed.
func (r *round) checkSide(t *testing.T, user, other string, done bool) {
	t.Helper()
	lost := r.missing(t, user, other)
	saved := r.saved(t, user)
	may := map[string]bool{} // be deleted without a backup
	if r.noBackup() {
		for i := range roundMessages {
			may[initial(i)] = true
		}
	}
	if r.takes {
		n := r.confirm
		if r.both {
			n = len(r.came) // a resumed run of many users continues with users that it had not begun
		}
		for _, words := range r.came[:n] {
			may[words] = true
		}
	}
	for _, words := range lost {
		if !saved[words] && !may[words] {
			t.Errorf("round %d (%s): %s lost %q, which is in no backup", r.n, r.words, user, words)
		}
	}
	if !done {
		return
	}
	gone := map[string]bool{}
	for _, words := range lost {
		gone[words] = true
	}
	for i := roundEarlier; i < roundMessages; i++ {
		if !gone[initial(i)] {
			t.Errorf("round %d (%s): %s still has %q", r.n, r.words, user, initial(i))
			return
		}
	}
}

func initial(i int) string { return fmt.Sprintf("message %d", i) }

// missing returns the texts of the messages that user does not have.
func (r *round) missing(t *testing.T, user, other string) []string {
	t.Helper()
	missing := map[string]bool{}
	for i := range roundMessages {
		missing[initial(i)] = true
	}
	for _, words := range r.came {
		missing[words] = true
	}
	ref := roaming.Ref{User: user, Conversation: other, Type: roaming.Chat}
	for m, err := range roaming.Items(r.client.History(context.Background(), ref, roaming.HistoryQuery{})) {
		if err != nil {
			t.Errorf("round %d: reading %s: %v", r.n, ref, err)
			return nil
		}
		delete(missing, m.Text)
	}
	return slices.Sorted(maps.Keys(missing))
}

// saved returns the texts of the messages in valid backups of user.
func (r *round) saved(t *testing.T, user string) map[string]bool {
	t.Helper()
	saved := map[string]bool{}
	entries, err := backup.List(filepath.Join(r.home, ".local", "state", "roamctl", "backups"))
	if err != nil {
		t.Errorf("round %d: %v", r.n, err)
	}
	for _, e := range entries {
		manifest, err := backup.Verify(context.Background(), e.Path)
		if err != nil || manifest.User != user {
			continue // an invalid backup saves nothing
		}
		b, err := backup.Open(e.Path)
		if err != nil {
			t.Error(err)
			continue
		}
		for m, err := range b.Messages() {
			if err != nil {
				t.Error(err)
			}
			saved[m.Text] = true
		}
	}
	return saved
}
