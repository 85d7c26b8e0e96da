package restore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestLedgerOutlivesATornLine(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, mapName)
	first := line{Step: restored, Old: 1, New: 11, Conversation: "bob", Type: roaming.Chat, Timestamp: roaming.Millis(epoch)}
	second := line{Step: sending, Old: 2, Conversation: "bob", Type: roaming.Chat, Timestamp: roaming.Millis(epoch + 1)}
	add := func(lines ...line) {
		l, err := openLedger(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range lines {
			if err := l.add(entry); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
	}
	add(first, second)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < 20; cut++ {
		if err := os.WriteFile(path, whole[:len(whole)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		got, _, err := readPast(path)
		if diff := cmp.Diff(past{1: first}, got); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
	}
	add(second)
	got, _, err := readPast(path)
	if diff := cmp.Diff(past{1: first, 2: second}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	whole[3] = 0
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openLedger(dir); fault.KindOf(err) != fault.Safety {
		t.Errorf("a damaged line: %v", err)
	}
}
