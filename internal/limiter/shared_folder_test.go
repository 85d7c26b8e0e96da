package limiter

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

// A corrupt file counts as a full window, because its calls are unknown.
func TestCorruptFilesAreFullWindows(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"empty":   func([]byte) []byte { return nil },
		"torn":    func(b []byte) []byte { return b[:len(b)-1] },
		"zeroed":  func(b []byte) []byte { return make([]byte, len(b)) },
		"strange": func([]byte) []byte { return []byte("not a window, but of some length") },
	} {
		clock, folder := newHandClock(), t.TempDir()
		s := OpenShared(folder, clock, nil)
		await(t, s, clock, "b", Limit{3, 10 * time.Second})
		b, err := os.ReadFile(s.path("b"))
		must(t, err)
		must(t, os.WriteFile(s.path("b"), damage(b), 0o600))
		await(t, s, clock, "b", Limit{3, 10 * time.Second})
		if got, want := clock.slept(), 10*time.Second+100*time.Millisecond; got != want {
			t.Errorf("%s: waited %s, want %s", name, got, want)
		}
		await(t, s, clock, "b", Limit{3, 10 * time.Second})
		if d := clock.slept(); d != 0 {
			t.Errorf("%s: waited %s after it was repaired", name, d)
		}
	}
}

// After the clock was set back, calls of the future count for one window from now.
func TestClockSetBack(t *testing.T) {
	clock := newHandClock()
	s := OpenShared(t.TempDir(), clock, nil)
	for range 3 {
		await(t, s, clock, "b", Limit{3, 10 * time.Second})
	}
	clock.set(clock.Now().Add(-time.Hour))
	for range 3 {
		await(t, s, clock, "b", Limit{3, 10 * time.Second})
	}
	if got, want := clock.slept(), 10*time.Second+100*time.Millisecond; got != want {
		t.Errorf("waited %s, want %s", got, want)
	}
}

func TestIdleBudgetsAreRemoved(t *testing.T) {
	s := OpenShared(t.TempDir(), clock.System(), nil)
	wait := func(budget string) {
		t.Helper()
		await(t, s, clock.System(), budget, Limit{5, time.Minute})
	}
	exists := func(budget string) bool {
		_, err := os.Stat(s.path(budget))
		return err == nil
	}
	old := time.Now().Add(-idle - time.Second)
	wait("old")
	wait("recent")
	must(t, os.Chtimes(s.path("old"), old, old))
	wait("too soon to look")
	if !exists("old") {
		t.Error("looked through the folder twice in a minute")
	}
	must(t, os.Chtimes(filepath.Join(s.folder, "pruned"), old, old))
	wait("recent")
	if !exists("old") {
		t.Error("looked through the folder without a new budget")
	}
	wait("new")
	if exists("old") || !exists("recent") || !exists("new") {
		t.Error("the idle budget has to go, and no other")
	}
}

func TestFolder(t *testing.T) {
	home := t.TempDir()
	a := SharedFolder(home, "A1.easemob.com", "org#app")
	if a != SharedFolder(home, "a1.easemob.com", "org#app") {
		t.Error("a host's case matters")
	}
	if a == SharedFolder(home, "a1.easemob.com", "org#App") || a == SharedFolder(home, "a2.easemob.com", "org#app") {
		t.Error("two App Keys share a folder")
	}
	s := OpenShared(a, clock.System(), nil)
	if entries, err := os.ReadDir(home); len(entries) > 0 {
		t.Error("made before the first call", entries, err)
	}
	await(t, s, clock.System(), "b", Limit{1, time.Second})
	must(t, os.RemoveAll(home))
	await(t, s, clock.System(), "another", Limit{1, time.Second})
	if info, err := os.Stat(s.path("another")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
}

func TestFolderThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if _, err := OpenShared(filepath.Join(file, "quota"), clock.System(), nil).Take(t.Context(), "b", Limit{1, time.Second}); err == nil {
		t.Error("no error")
	}
}
