package audit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC)

func openIn(dir string) *Log {
	return Open(filepath.Join(dir, "state", "audit.ndjson"), func() time.Time { return noon })
}

func example(i int) Entry {
	return Entry{
		Operator: "ops", Host: "h1", Profile: "prod", AppKey: "org#app", Command: "messages delete",
		User: fmt.Sprintf("user%d", i), Conversation: "鲍勃", Type: roaming.Chat, Counts: Counts{Planned: i, Deleted: i},
		Reason: "asked <for> it & \"so\"", Ticket: "T-1", RunID: "20261123T120000-7f3a9c", BackupDigest: "abc", Outcome: Done,
	}
}

// filled is a log of n entries.
func filled(t testing.TB, n int) *Log {
	t.Helper()
	l := openIn(t.TempDir())
	for i := range n {
		if _, err := l.Append(t.Context(), example(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write0600(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func intact(t testing.TB, l *Log, want int64) {
	t.Helper()
	if n, err := l.Verify(t.Context()); err != nil || n != want {
		t.Fatalf("Verify: %d, %v, want %d entries\n%s", n, err, want, read(t, l.path))
	}
}

// names fails unless Verify finds damage and names a line.
func names(t testing.TB, l *Log, what string, line int) {
	t.Helper()
	_, err := l.Verify(t.Context())
	damageAt(t, err, what, line)
}

func damageAt(t testing.TB, err error, what string, line int) {
	t.Helper()
	if fault.KindOf(err) != fault.Safety || !regexp.MustCompile(fmt.Sprintf(`\bline %d\b`, line)).MatchString(err.Error()) {
		t.Errorf("%s: Verify says %v, want line %d", what, err, line)
	}
}

func TestEntriesRoundTrip(t *testing.T) {
	l := openIn(t.TempDir())
	var want []Entry
	for i := range 3 {
		e, err := l.Append(t.Context(), example(i))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, e)
	}
	var got []Entry
	for e, err := range l.Entries(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got[0].Seq != 1 || got[0].Prev != "" || got[1].Prev != got[0].Hash || got[0].Time.String() != "2026-11-23T12:00:00.123Z" {
		t.Errorf("the chain is wrong: %+v", got[:2])
	}
	for _, path := range []string{l.path, l.head, l.lock} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want 0600", path, info, err)
		}
	}
	intact(t, l, 3)
}

func TestEntriesContinueAfterADamagedLine(t *testing.T) {
	l := filled(t, 3)
	write0600(t, l.path, bytes.Replace(read(t, l.path), []byte("user2"), []byte("user9"), 1))
	var got []string
	for e, err := range l.Entries(t.Context()) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, e.User)
	}
	want := []string{"user1", "line 2 of the audit log: it was changed: its hash does not match", "user3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestKilledAtAnyByte cuts the log at every byte of its last line, with the
// head as it was before: what a kill between any two writes leaves behind.
func TestKilledAtAnyByte(t *testing.T) {
	l := filled(t, 2)
	two, head2 := read(t, l.path), read(t, l.head)
	if _, err := l.Append(t.Context(), example(3)); err != nil {
		t.Fatal(err)
	}
	three := read(t, l.path)
	for cut := len(two); cut <= len(three); cut++ {
		if within := cut - len(two); within > 2 && cut < len(three)-2 && within%41 != 0 {
			continue // every append waits for the disk
		}
		write0600(t, l.path, three[:cut])
		write0600(t, l.head, head2)
		want := int64(2)
		if cut >= len(three)-1 {
			want = 3 // a whole line but for its end
		}
		intact(t, l, want)
		if _, err := l.Append(t.Context(), example(4)); err != nil {
			t.Fatal(err)
		}
		intact(t, l, want+1)
		after := read(t, l.path)
		if want == 3 && !bytes.HasPrefix(after, three[:cut]) || want == 2 && !bytes.HasPrefix(after, two) {
			t.Fatal("an entry did not stay")
		}
		if want == 3 {
			continue
		}
		// A second kill.
		write0600(t, l.path, after[:len(two)+(len(after)-len(two))/2])
		write0600(t, l.head, head2)
		intact(t, l, 2)
		if _, err := l.Append(t.Context(), example(5)); err != nil {
			t.Fatal(err)
		}
		intact(t, l, 3)
	}
}

// TestTornLineBeforeOthers: only at its end can a log have a torn line.
func TestTornLineBeforeOthers(t *testing.T) {
	l := filled(t, 3)
	lines := bytes.SplitAfter(read(t, l.path), []byte{'\n'})
	write0600(t, l.path, bytes.Join([][]byte{lines[0], []byte("{\"seq\":\x00\x00\n"), lines[1], lines[2]}, nil))
	names(t, l, "a torn line", 2)
	if _, err := l.Append(t.Context(), example(4)); err != nil {
		t.Fatal(err)
	}
	names(t, l, "a torn line, and one more entry", 2)
}

// TestPowerFailure leaves blocks that were never filled.
func TestPowerFailure(t *testing.T) {
	for _, rest := range []string{"\x00\x00\x00", "{\"seq\":\x00\x00\x00\n", "\x00\x00\n"} {
		l := filled(t, 2)
		write0600(t, l.path, append(read(t, l.path), rest...))
		intact(t, l, 2)
		for range 2 {
			if _, err := l.Append(t.Context(), example(3)); err != nil {
				t.Fatal(err)
			}
		}
		intact(t, l, 4)
	}
}

func TestALongTornLineDoesNotHideTheLastEntry(t *testing.T) {
	l := filled(t, 2)
	write0600(t, l.path, append(read(t, l.path), bytes.Repeat([]byte("x"), 3*tailSize)...))
	e, err := l.Append(t.Context(), example(3))
	if err != nil || e.Seq != 3 || bytes.Contains(read(t, l.path), []byte("xx")) {
		t.Fatalf("%+v, %v", e, err)
	}
	intact(t, l, 3)
}

func TestAppendThatFails(t *testing.T) {
	dir := t.TempDir()
	write0600(t, filepath.Join(dir, "state"), nil)
	_, err := openIn(dir).Append(t.Context(), example(1))
	if fault.KindOf(err) != fault.Config || !strings.Contains(err.Error(), "audit.ndjson") {
		t.Errorf("got %v", err)
	}
}
