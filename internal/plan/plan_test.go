package plan

import (
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

var (
	made = roaming.Millis(1795158240000)
	chat = roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}
	team = roaming.Ref{User: "alice", Conversation: "42", Type: roaming.Group}
)

func sample() *whole {
	p := &whole{Plan: Plan{Format: Format, Tool: "roamctl test", Created: made, Operator: "root", AppKey: "org#app", Reason: "<why> & \"how\"", Backup: true}}
	message := func(ref roaming.Ref, id roaming.MessageID, words string) Message {
		return Message{Conversation: ref.Conversation, Type: ref.Type, ID: id, Time: roaming.Millis(int64(id)), From: "bob", Kind: roaming.Text, Words: words}
	}
	p.Add(deletion.Job{Command: "messages clear", User: "alice", Notify: true, BatchSize: 50}, []deletion.Frozen{
		{Target: deletion.Target{Ref: chat, IDs: []roaming.MessageID{20, 10}}, Visible: []roaming.MessageID{20, 10}},
		{Target: deletion.Target{Ref: team, Through: made, All: true, Drop: true}, Visible: []roaming.MessageID{1<<64 - 1}},
	}, []Message{message(chat, 20, "twenty"), message(team, 1<<64-1, "您好"), message(chat, 10, "ten")})
	return p
}

func TestPlansAreStableAndReadBack(t *testing.T) {
	first, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), string(again)); diff != "" {
		t.Errorf("the same plan has other bytes:\n%s", diff)
	}
	for _, line := range []string{
		`        {"conversation":"bob","type":"chat","id":"10","time":"1970-01-01T00:00:00.010Z","from":"bob","kind":"txt","words":"ten"},`,
		`  "reason": "<why> & \"how\"",`,
	} {
		if !strings.Contains(string(first), "\n"+line+"\n") {
			t.Errorf("no line of its own: %s\n%s", line, first)
		}
	}
	p, err := Decode(first)
	if err != nil {
		t.Fatal(err)
	}
	back, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), string(back)); diff != "" {
		t.Error(diff)
	}
}

// What a plan runs is what it names: a conversation's messages by the frozen
// time, never "all of them".
func TestDeletionMatchesThePlan(t *testing.T) {
	job, expected := sample().Jobs[0].Deletion()
	want := []deletion.Target{
		{Ref: chat, IDs: []roaming.MessageID{10, 20}},
		{Ref: team, Through: made, Drop: true},
	}
	if diff := cmp.Diff(want, job.Targets); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]roaming.MessageID{1<<64 - 1}, expected[1].Visible); diff != "" {
		t.Error(diff)
	}
}

func TestEveryChangedByteIsFound(t *testing.T) {
	good, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i := range good {
		bad := append([]byte{}, good...)
		bad[i] ^= 1
		if _, err := Decode(bad); fault.KindOf(err) != fault.Safety {
			t.Fatalf("byte %d (%q) was changed unnoticed: %v", i, good[i], err)
		}
	}
	if _, err := Decode(append([]byte("\ufeff"), good...)); err != nil {
		t.Errorf("a byte order mark: %v", err)
	}
	path := filepath.Join(dir, "p.json")
	if err := os.WriteFile(path, append(good, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), path) {
		t.Errorf("an added byte: %v, want an error that names the file", err)
	}
}

func TestWriteKeepsExistingFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.json")
	if err := Write(path, sample()); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, sample()); fault.KindOf(err) != fault.Usage {
		t.Errorf("overwriting: %v, want a usage error", err)
	}
	if _, err := Read(path); err != nil {
		t.Error(err)
	}
	if _, err := Read(path + "x"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a missing plan: %v", err)
	}
}

func TestCheckUse(t *testing.T) {
	p := sample()
	for name, tt := range map[string]struct {
		app     string
		after   time.Duration
		maxAge  time.Duration
		refused bool
	}{
		"good":            {"org#app", time.Hour, 24 * time.Hour, false},
		"another app":     {"org#other", time.Hour, 24 * time.Hour, true},
		"expired":         {"org#app", 25 * time.Hour, 24 * time.Hour, true},
		"of any age":      {"org#app", 1000 * time.Hour, 0, false},
		"from the future": {"org#app", -time.Hour, 24 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := p.CheckUse(tt.app, made.Add(tt.after), tt.maxAge)
			if got := fault.KindOf(err) == fault.Safety; got != tt.refused {
				t.Errorf("refused: %v, want %v (%v)", got, tt.refused, err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	good, err := sample().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"format":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b)
		if err == nil && p == nil {
			t.Fatal("neither a plan nor an error")
		}
	})
}
