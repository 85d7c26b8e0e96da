package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox"
)

const (
	killedMessages = 500 // that a killed run deletes
	keptMessages   = 20  // that it must not delete
	killWorkers    = 8
)

// TestKilledDeletionsAreFinished kills deletions of 500 messages at a random
// instant and resumes them. Exactly what was planned is deleted, and all of it
// is in the backup.
func TestKilledDeletionsAreFinished(t *testing.T) {
	kill(t, newKillBudget(t, 200, 16), nil)
}

// TestKilledDeletionsAreFinishedDespiteFaults does the same on a service that
// misbehaves.
func TestKilledDeletionsAreFinishedDespiteFaults(t *testing.T) {
	kill(t, newKillBudget(t, 200, 8), faultsOf(t, "route=*,status=429,p=0.02,seed=1", "route=*,status=503,p=0.02,seed=2",
		"route=*,reset=after,p=0.02,seed=3", "route=history,truncate,p=0.02,seed=4"))
}

func kill(t *testing.T, budget killBudget, faults []sandbox.Fault) {
	t.Helper()
	t.Parallel()
	k := newKiller(t, budget.rounds, faults)
	longest := k.measure(t, budget.rounds)
	runs := budget.run(killWorkers, func(n int) {
		dice := rand.New(rand.NewPCG(uint64(n), 7))
		k.killAndResume(t, n, time.Duration(dice.Int64N(int64(longest))))
	})
	k.checkAudit(t)
	t.Logf("%d runs: %d killed before their run began, %d resumed, %d done before the kill", runs, k.unbegun, k.resumed, k.done)
	if k.resumed == 0 {
		t.Error("no run was killed in the middle: the test shows nothing")
	}
}

// killer has a served sandbox with one user for each run, all talking to bob.
type killer struct {
	home   string
	env    []string
	client *easemob.Client

	mu                     sync.Mutex
	unbegun, resumed, done int
}

func victim(n int) string { return fmt.Sprintf("user%d", n) }

func firstID(n int) uint64 { return uint64(n+1) * 1_000_000 }

func newKiller(t *testing.T, runs int, faults []sandbox.Fault) *killer {
	t.Helper()
	box, err := sandbox.Open(t.Context(), sandbox.Options{Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	if _, err := box.Import(t.Context(), strings.NewReader(histories(runs+1)), nil); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	to := box.Credentials()
	k := &killer{home: t.TempDir()}
	k.env = append(os.Environ(), "HOME="+k.home, "ROAMCTL_KEYRING=off", "ROAMCTL_LIMITS=off", "ROAMCTL_RETRIES=12",
		"ROAMCTL_HOST="+server.URL, "ROAMCTL_APP_KEY="+to.AppKey,
		"ROAMCTL_CLIENT_ID="+to.ClientID, "ROAMCTL_CLIENT_SECRET="+to.ClientSecret)
	k.client, err = easemob.New(easemob.Options{
		Host: server.URL, AppKey: to.AppKey, ClientID: to.ClientID, ClientSecret: to.ClientSecret,
		Retry: easemob.Retry{Attempts: 20, MinWait: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// histories returns the users' messages as a history file.
func histories(users int) string {
	var b strings.Builder
	for i := range killedMessages + keptMessages {
		for n := range users {
			fmt.Fprintf(&b, `{"msg_id":"%d","timestamp":%d,"from":"%s","to":"bob","chat_type":"chat",`+
				`"payload":{"bodies":[{"type":"txt","msg":"message %d 你好"}],"ext":{},"from":"%[3]s","to":"bob"}}`+"\n",
				firstID(n)+uint64(i), 1763596800000+int64(i)*1000, victim(n), i)
		}
	}
	return b.String()
}

// deletion returns the command that deletes a user's first messages.
func (k *killer) deletion(n int) *exec.Cmd {
	cmd := exec.Command("roamctl", "messages", "delete", "-u", victim(n), "-c", "bob", "--ids-file", "-", "--yes", "-q")
	cmd.Env = k.env
	var ids strings.Builder
	for i := range killedMessages {
		fmt.Fprintln(&ids, firstID(n)+uint64(i))
	}
	cmd.Stdin = strings.NewReader(ids.String())
	return cmd
}

// measure returns how long an undisturbed deletion takes.
func (k *killer) measure(t *testing.T, n int) time.Duration {
	t.Helper()
	started := time.Now()
	if out, err := k.deletion(n).CombinedOutput(); err != nil {
		t.Fatalf("an undisturbed deletion: %v\n%s", err, out)
	}
	return time.Since(started)
}

func (k *killer) killAndResume(t *testing.T, n int, after time.Duration) {
	t.Helper()
	cmd := k.deletion(n)
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	id, state := k.runOf(t, n)
	switch {
	case id == "":
		k.count(&k.unbegun)
		k.check(t, n, 0)
		return
	case err == nil || state == "done":
		k.count(&k.done)
	default:
		k.count(&k.resumed)
		if out, err := k.roamctl("runs", "resume", id, "--yes"); err != nil {
			t.Errorf("resuming %s after a kill at %s: %v\n%s", id, after, err, out)
			return
		}
	}
	k.check(t, n, killedMessages)
	k.checkBackup(t, n, id)
}

func (k *killer) count(n *int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	*n++
}

func (k *killer) roamctl(args ...string) ([]byte, error) {
	cmd := exec.Command("roamctl", args...)
	cmd.Env = k.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	return append(out, stderr.Bytes()...), err
}

// runOf returns the run of a deletion, "" if it was killed before it began one.
func (k *killer) runOf(t *testing.T, n int) (id, state string) {
	t.Helper()
	out, err := k.roamctl("runs", "list", "--user", victim(n), "-o", "json")
	if err != nil {
		t.Errorf("listing runs: %v\n%s", err, out)
		return "", ""
	}
	var list struct {
		Items []struct{ ID, State string }
	}
	if err := json.Unmarshal(out, &list); err != nil {
		t.Errorf("listing runs: %v\n%s", err, out)
	}
	if len(list.Items) == 0 {
		return "", ""
	}
	return list.Items[0].ID, list.Items[0].State
}

// check compares the user's view and bob's with what had to be deleted.
func (k *killer) check(t *testing.T, n, gone int) {
	t.Helper()
	mine := k.ids(t, roaming.Ref{User: victim(n), Conversation: "bob", Type: roaming.Chat})
	theirs := k.ids(t, roaming.Ref{User: "bob", Conversation: victim(n), Type: roaming.Chat})
	var all []roaming.MessageID
	for i := range killedMessages + keptMessages {
		all = append(all, roaming.MessageID(firstID(n)+uint64(i)))
	}
	if diff := cmp.Diff(all[gone:], mine); diff != "" {
		t.Errorf("%s has the wrong messages left (-want +got):\n%s", victim(n), diff)
	}
	if diff := cmp.Diff(all, theirs); diff != "" {
		t.Errorf("bob lost messages of %s (-want +got):\n%s", victim(n), diff)
	}
}

func (k *killer) ids(t *testing.T, ref roaming.Ref) []roaming.MessageID {
	t.Helper()
	var ids []roaming.MessageID
	for m, err := range roaming.Items(k.client.History(context.Background(), ref, roaming.HistoryQuery{Direction: roaming.Down})) {
		if err != nil {
			t.Errorf("reading %s: %v", ref, err)
			return nil
		}
		ids = append(ids, m.ID)
	}
	return ids
}

// checkBackup checks that the backup is valid and has every deleted message.
func (k *killer) checkBackup(t *testing.T, n int, run string) {
	t.Helper()
	// A run that was killed during a backup makes another one, with a number.
	paths, err := filepath.Glob(filepath.Join(k.home, ".local", "state", "roamctl", "backups", run+"*"))
	if err != nil || len(paths) == 0 {
		t.Errorf("%s has no backup (%v)", run, err)
		return
	}
	path := paths[len(paths)-1]
	if _, err := backup.Verify(context.Background(), path); err != nil {
		t.Errorf("the backup of %s: %v", run, err)
		return
	}
	b, err := backup.Open(path)
	if err != nil {
		t.Error(err)
		return
	}
	held := map[roaming.MessageID]bool{}
	for m, err := range b.Messages() {
		if err != nil {
			t.Error(err)
			return
		}
		held[m.ID] = true
	}
	for i := range killedMessages {
		if id := roaming.MessageID(firstID(n) + uint64(i)); !held[id] {
			t.Errorf("message %s of %s is deleted and not in the backup", id, victim(n))
			return
		}
	}
}

// checkAudit checks that the audit log is valid after all those kills.
func (k *killer) checkAudit(t *testing.T) {
	t.Helper()
	log := audit.Open(filepath.Join(k.home, ".local", "state", "roamctl", "audit.ndjson"), time.Now)
	if _, err := log.Verify(context.Background()); err != nil {
		t.Errorf("the audit log: %v", err)
	}
}
