package restore

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/roaming"
)

// childEnv holds what a child process of TestKilled is to restore.
const childEnv = "ROAMCTL_TEST_RESTORE"

type childWork struct {
	Data, Restores string
	Settings       Settings
}

// TestChild is the process that TestKilled kills.
func TestChild(t *testing.T) {
	var work childWork
	if err := json.Unmarshal([]byte(os.Getenv(childEnv)), &work); err != nil {
		t.Skip("it is for TestKilled")
	}
	// Lost answers, and the time before they are looked into, are when a kill
	// leaves the most to find out.
	w := openWorld(t, work.Data, work.Restores, "route=import.*,reset=after,p=0.2")
	w.Sleep = nil
	w.run(work.Settings)
}

// TestKilled: a restore that is killed at random instants and run again, as
// often as it takes, restores each message once.
func TestKilled(t *testing.T) {
	kills := childtest.Kills(8, 50)
	for killed := 0; killed < kills; {
		killed += killUntilDone(t, kills-killed)
	}
}

// killUntilDone restores in processes that are killed until one gets to the
// end or enough are killed, and then once more.
func killUntilDone(t *testing.T, enough int) (killed int) {
	t.Helper()
	const messages = 120
	data, restores := filepath.Join(t.TempDir(), "sandbox"), t.TempDir()
	w := openWorld(t, data, restores)
	for i := range int64(messages) {
		w.send(text("alice", "bob", "hi"), i)
	}
	views := []roaming.Ref{ref("alice", "bob"), ref("bob", "alice")}
	before := w.history(views[0])
	s := w.backUp(views[0])
	w.clear(views...)
	work, err := json.Marshal(childWork{data, restores, s})
	w.must(err)
	for done := false; !done && killed < enough; {
		if done = !killOne(t, string(work)); !done {
			killed++
		}
	}
	report := w.run(s)
	if got := report.Total; got.Restored+got.RestoredBefore != messages {
		t.Errorf("the last run: %+v", got)
	}
	after := w.history(views[0])
	if diff := cmp.Diff(withoutIDs(t, before), withoutIDs(t, after)); diff != "" {
		t.Fatal(diff)
	}
	if n := len(w.history(views[1])); n != messages {
		t.Errorf("bob has %d", n)
	}
	known, _, err := readMap(report.Map)
	w.must(err)
	found := 0
	for i, m := range before {
		if known[m.ID].Found {
			found++
		}
		if got := known[m.ID]; got.Step != restored || got.New != after[i].ID {
			t.Errorf("message %s is now %s, and the map says %+v", m.ID, after[i].ID, got)
		}
	}
	t.Logf("%d kills; %d imports whose answer was lost", killed, found)
	return killed
}

// killOne starts a restore and kills it at a random instant, unless it ends
// before.
func killOne(t *testing.T, work string) (killed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childEnv+"="+work)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Fatalf("a restore that was left alone: %v", err)
		}
		return false
	case <-time.After(30*time.Millisecond + rand.N(300*time.Millisecond)):
		if err := cmd.Process.Kill(); err != nil {
			t.Log(err) // it has just ended
		}
		<-ended
		return true
	}
}
