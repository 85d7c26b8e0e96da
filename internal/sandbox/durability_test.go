package sandbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/fault"
)

func TestMain(m *testing.M) { os.Exit(childtest.Main(m, sendForever)) }

// sendForever says what was answered for, a line each.
func sendForever(dir string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		return err
	}
	for {
		id, err := s.SendText(ctx, "alice", "bob", "chat", "hello")
		if err != nil {
			return err
		}
		if _, err := fmt.Println(id); err != nil {
			return err
		}
	}
}

// TestKill kills processes that write to one folder at the same time. What they
// were answered for must be there, and the folder must open.
func TestKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	var mu sync.Mutex
	answered := map[string]bool{}
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			for _, id := range childtest.KilledAfter(t, childtest.Command(t, dir), 40, 0) {
				mu.Lock()
				answered[id] = true
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	s := open(t, Options{Dir: dir})
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stored := historyIDs(t, world{s: s, clock: &clock{now: s.options.Now()}}, "alice", "bob@easemob.com")
	if int(info.Messages) != len(stored) || len(answered) < 120 {
		t.Errorf("%d stored, %d in the history, %d answered", info.Messages, len(stored), len(answered))
	}
	for _, id := range stored {
		delete(answered, fmt.Sprint(id))
	}
	if len(answered) > 0 {
		t.Errorf("%d messages that were answered for are lost", len(answered))
	}
}

// TestConcurrentOpens: many make the same folder at the same time and agree.
func TestConcurrentOpens(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	var wait sync.WaitGroup
	creds := make([]Credentials, 8)
	var seeded [8]bool
	for i := range creds {
		wait.Go(func() {
			s, err := Open(t.Context(), Options{Dir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			creds[i] = s.Credentials()
			if seeded[i], err = s.SeedDemo(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	seeds := 0
	for i := range creds {
		if diff := cmp.Diff(creds[0], creds[i]); diff != "" {
			t.Error(diff)
		}
		if seeded[i] {
			seeds++
		}
	}
	if seeds != 1 {
		t.Errorf("seeded %d times", seeds)
	}
}

// TestReopen: credentials, tokens and what was deleted stay.
func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	w := world{s: s, clock: &clock{now: s.options.Now()}}
	id, err := s.SendText(t.Context(), "alice", "bob", "chat", "one")
	if err != nil {
		t.Fatal(err)
	}
	tok, before := w.auth(t, "alice"), s.Credentials()
	path := fmt.Sprintf("/sdk/message/roaming/chat/user/alice?userId=bob&msgIdList=%d", id)
	if status, body := w.do(t, "DELETE", path, tok, ""); status != 200 {
		t.Fatal(string(body))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	w.s = open(t, Options{Dir: dir})
	if diff := cmp.Diff(before, w.s.Credentials()); diff != "" {
		t.Error(diff)
	}
	if status, body := w.do(t, "GET", "/users/alice/user_channels", tok, ""); status != 200 {
		t.Error("the token no longer works:", string(body))
	}
	if ids := historyIDs(t, w, "alice", "bob@easemob.com"); len(ids) != 0 {
		t.Error("the deleted message is back")
	}
	if ids := historyIDs(t, w, "bob", "alice@easemob.com"); len(ids) != 1 || ids[0] != id {
		t.Error("bob's message is gone:", ids)
	}
}

func TestEphemeralAndReset(t *testing.T) {
	s, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Join(s.dir, "sandbox.db")); err != nil || st.Mode().Perm() != 0o600 {
		t.Error(st, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Error("an ephemeral sandbox left its folder:", err)
	}

	dir := t.TempDir()
	keep := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(keep, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	before := s.Credentials()
	if err := Reset(t.Context(), dir); fault.KindOf(err) != fault.Safety {
		t.Errorf("reset of an open sandbox: %v", err)
	}
	if again := open(t, Options{Dir: dir}); again.Credentials() != before {
		t.Error("the refused reset has done something")
	} else if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Reset(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(keep); err != nil {
		t.Error("reset took a file that is not its own")
	}
	if again := open(t, Options{Dir: dir}); again.Credentials() == before {
		t.Error("the same credentials after a reset")
	}
	if err := Reset(t.Context(), ""); err == nil {
		t.Error("reset of nothing was taken")
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sandbox.db"), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(t.Context(), Options{Dir: dir}); err == nil {
		t.Error("a file that is no database was opened", s.Close())
	}
}
