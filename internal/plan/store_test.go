package plan

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// several is a plan for alice, who also loses a place on her list, and for carol.
func several() *whole {
	p := sample()
	p.Add(deletion.Job{Command: "conversations delete", User: "carol", BatchSize: 1, Each: &deletion.Each{Drop: true}}, []deletion.Frozen{
		{Target: deletion.Target{Ref: roaming.Ref{User: "carol", Conversation: "bob", Type: roaming.Chat}, Drop: true}},
	}, nil)
	return p
}

func written(t *testing.T, p *whole) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.json")
	if err := Write(path, p); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAPlanIsCounted(t *testing.T) {
	p := several()
	want := Count{Users: 2, Messages: 3, Conversations: 2, Listed: true}
	const text = "3 messages, 2 conversations, 2 users"
	if diff := cmp.Diff(want, p.counts()); diff != "" {
		t.Error(diff)
	}
	path := written(t, p)
	header, scanned, err := Scan(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, scanned); diff != "" || scanned.String() != text {
		t.Errorf("%s\n%s", diff, scanned)
	}
	if header.Operator != "root" || !header.Backup || len(header.Digest) != 64 {
		t.Errorf("the header is %+v", header)
	}
	if c := sample().counts(); c.Listed || c.Users != 1 {
		t.Errorf("one user's is %+v", c)
	}
}

func TestAWriterCountsWhatItWrites(t *testing.T) {
	p := several()
	path := filepath.Join(t.TempDir(), "p.json")
	w, err := Create(path, p.Plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range p.Jobs {
		if err := w.Add(j); err != nil {
			t.Fatal(err)
		}
	}
	count, err := w.Close()
	if err != nil || count != p.counts() {
		t.Errorf("%+v, %v", count, err)
	}
	read, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Jobs[0].Messages, read.Jobs[0].Messages); diff != "" || len(read.Jobs) != 2 {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if whole, err := p.Encode(); err != nil || string(whole) != content(t, path) {
		t.Errorf("what is written at once is not what is written job by job (%v)", err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A plan that can't be completed is not left behind.
func TestAPlanThatCanNotBeWrittenIsRemoved(t *testing.T) {
	gone := func(path string) {
		t.Helper()
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left behind: %v", path, err)
		}
	}
	begun := func() (*Writer, string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "p.json")
		w, err := Create(path, sample().Plan)
		if err != nil {
			t.Fatal(err)
		}
		return w, path
	}
	w, path := begun()
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	gone(path)

	w, path = begun()
	_ = w.file.Close() // as a full disk would have it: nothing can be written
	if _, err := w.Close(); fault.KindOf(err) != fault.Config || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	gone(path)

	w, _ = begun()
	w.buffer = bufio.NewWriterSize(w.file, 16)
	w.encoder.file, w.encoder.out = w.buffer, w.buffer
	_ = w.file.Close()
	if err := w.Add(sample().Jobs[0]); fault.KindOf(err) != fault.Config || !strings.Contains(err.Error(), w.path) {
		t.Errorf("got %v", err)
	}
	if _, err := Create(filepath.Join(t.TempDir(), "no", "folder"), sample().Plan); fault.KindOf(err) != fault.Config {
		t.Errorf("got %v", err)
	}
}

func TestEachEndsWithItsErrorAndKeepsTheOrder(t *testing.T) {
	path := written(t, several())
	var users []string
	if _, err := Each(path, func(j Job) error {
		users = append(users, j.User)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"alice", "carol"}, users); diff != "" {
		t.Error(diff)
	}
	boom := errors.New("boom")
	n := 0
	_, err := Each(path, func(Job) error {
		n++
		return boom
	})
	if !errors.Is(err, boom) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
	// A changed plan hands out nothing.
	b := []byte(content(t, path))
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Each(path, func(Job) error {
		t.Error("a job of a changed plan")
		return nil
	})
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != fault.Safety || f.Hint == "" || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestCheckUseToTheInstant(t *testing.T) {
	p := sample()
	for name, tt := range map[string]struct {
		after   time.Duration
		refused bool
	}{
		"as old as it may be": {24 * time.Hour, false},
		"an instant older":    {24*time.Hour + 1, true},
		"a minute ahead":      {-time.Minute, false},
		"an instant more":     {-time.Minute - 1, true},
	} {
		err := p.CheckUse("org#app", made.Add(tt.after), 24*time.Hour)
		if f, ok := errors.AsType[*fault.Error](err); tt.refused != ok || ok && (f.Kind != fault.Safety || f.Hint == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := p.CheckUse("org#app", made.Add(time.Second), 0); err != nil {
		t.Errorf("of any age: %v", err)
	}
}
