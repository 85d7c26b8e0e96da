package restore

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestMapFileWithATornLine(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, mapName)
	first := line{Step: restored, Old: 1, New: 11, Conversation: "bob", Type: roaming.Chat, Timestamp: roaming.Millis(epoch)}
	second := line{Step: sending, Old: 2, Conversation: "bob", Type: roaming.Chat, Timestamp: roaming.Millis(epoch + 1)}
	add := func(lines ...line) {
		l, err := openMap(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range lines {
			if err := l.add(entry); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.file.Close(); err != nil {
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
		got, _, err := readMap(path)
		if diff := cmp.Diff(known{1: first}, got); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
	}
	// What was cut off may be longer than the line that is written in its place.
	torn := slices.Concat(whole[:len(whole)-1], bytes.Repeat([]byte(" "), 1000))
	if err := os.WriteFile(path, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	add(second)
	got, _, err := readMap(path)
	if diff := cmp.Diff(known{1: first, 2: second}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if left, err := os.ReadFile(path); !bytes.Equal(left, whole) || err != nil {
		t.Errorf("%q, %v", left, err)
	}
	whole[3] = 0
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openMap(dir); fault.KindOf(err) != fault.Safety {
		t.Errorf("a damaged line: %v", err)
	}
}
