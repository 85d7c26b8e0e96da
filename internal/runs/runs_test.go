package runs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

type intent struct {
	IDs []string `json:"ids"`
}

var bob = Summary{Command: "messages delete", User: "alice", Conversation: "鲍勃", Type: roaming.Chat, Profile: "p", AppKey: "org#app", Operator: "ops"}

// clock moves on by a second each time it is read.
func clock() func() time.Time {
	var mu sync.Mutex
	t := time.Date(2026, 11, 23, 14, 30, 11, 987654321, time.FixedZone("", 8*3600))
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		t = t.Add(time.Second)
		return t
	}
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return NewStore(filepath.Join(t.TempDir(), "state", "runs"), clock())
}

func start(t testing.TB, s *Store) *Run {
	t.Helper()
	r, err := s.Start(t.Context(), intent{[]string{"1", "2"}}, bob)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func appended(t testing.TB, r *Run, kind string, data any) {
	t.Helper()
	if err := r.Append(kind, data); err != nil {
		t.Fatal(err)
	}
}

func closed(t testing.TB, r *Run) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// told is the journal in short: "started batch:{...}".
func told(t testing.TB, j *Journal) []string {
	t.Helper()
	var out []string
	for e, err := range j.Events() {
		if err != nil {
			return append(out, err.Error())
		}
		if e.Seq != len(out)+1 {
			t.Errorf("event %d has number %d", len(out)+1, e.Seq)
		}
		if e.Kind == Started {
			e.Data = nil
		}
		out = append(out, e.Kind+string(e.Data))
	}
	return out
}

func same(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func refused(t testing.TB, err error, kind fault.Kind, parts ...string) {
	t.Helper()
	text := fmt.Sprint(err)
	if e, ok := errors.AsType[*fault.Error](err); ok {
		text += " / " + e.Hint
	}
	for _, p := range parts {
		if fault.KindOf(err) != kind || !strings.Contains(text, p) {
			t.Errorf("got %s: %s, want %s with %q", fault.KindOf(err), text, kind, p)
		}
	}
}

func TestARunTellsWhatItDid(t *testing.T) {
	s := newStore(t)
	r := start(t, s)
	appended(t, r, "batch", map[string]int{"n": 1})
	appended(t, r, "nothing", nil)
	closed(t, r)
	closed(t, r)
	refused(t, r.Append("late", nil), fault.Bug, "after Close")

	again, err := s.Open(t.Context(), r.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var got intent
	if err := again.Intent(&got); err != nil {
		t.Fatal(err)
	}
	same(t, intent{[]string{"1", "2"}}, got)
	appended(t, again, "resumed", "汉字\n<>")
	same(t, []string{"started", `batch{"n":1}`, "nothingnull", `resumed"汉字\n\u003c\u003e"`}, told(t, &again.Journal))
	if !strings.HasPrefix(r.ID(), "20261123T063012-") || len(r.ID()) != 22 {
		t.Errorf("the ID is %s", r.ID())
	}
	for path, want := range map[string]os.FileMode{s.dir: 0o700, r.Dir(): 0o700, filepath.Join(r.Dir(), journalFile): 0o600, filepath.Join(r.Dir(), lockFile): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", path, info.Mode(), err, want)
		}
	}
}

func TestListTellsTheStates(t *testing.T) {
	s := newStore(t)
	for range s.List(t.Context()) {
		t.Fatal("a run of an empty store")
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Fatal("listing made the folder")
	}
	running, interrupted, done, stopped, resumed := start(t, s), start(t, s), start(t, s), start(t, s), start(t, s)
	for _, r := range []*Run{done, resumed} {
		appended(t, r, Finished, Finish{State: PartlyDone})
	}
	appended(t, done, Finished, Finish{State: Done})
	appended(t, stopped, Finished, Finish{State: Interrupted})
	appended(t, resumed, "resumed", nil)
	for _, r := range []*Run{interrupted, done, stopped, resumed} {
		closed(t, r)
	}
	// What a kill before the first event leaves, and what is no run at all.
	for _, name := range []string{"20261123T000000-000000", "20261123T000000-000001", "other", "locks"} {
		if err := os.Mkdir(filepath.Join(s.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	torn := filepath.Join(s.dir, "20261123T000000-000001", journalFile)
	if err := os.WriteFile(torn, []byte(`{"seq":1,"ti`), 0o600); err != nil {
		t.Fatal(err)
	}
	want := map[string]State{running.ID(): Running, interrupted.ID(): Interrupted, done.ID(): Done, stopped.ID(): Interrupted, resumed.ID(): Interrupted}
	got := map[string]State{}
	var ids []string
	for info, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got[info.ID] = info.State
		ids = append(ids, info.ID)
		same(t, bob, info.Summary)
		if info.Started.IsZero() || info.Updated.Before(info.Started.Time) {
			t.Errorf("%s: started %s, updated %s", info.ID, info.Started, info.Updated)
		}
	}
	same(t, want, got)
	if !slices.IsSortedFunc(ids, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("the latest is not first: %v", ids)
	}
	_, err := s.Open(t.Context(), "20261123T000000-000001")
	refused(t, err, fault.Config, "killed before it began")
}

func TestFind(t *testing.T) {
	s := newStore(t)
	_, err := s.Find(t.Context(), "2026")
	refused(t, err, fault.NotFound, "no runs in")
	for _, id := range []string{"20261123T143012-7f3a9c", "20261123T143012-7f0000", "20261124T143012-aaaaaa"} {
		if err := os.MkdirAll(filepath.Join(s.dir, id), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for give, want := range map[string]string{"20261124": "20261124T143012-aaaaaa", "20261123T143012-7f3": "20261123T143012-7f3a9c", "20261123T143012-7f0000": "20261123T143012-7f0000"} {
		j, err := s.Find(t.Context(), give)
		if err != nil || j.ID() != want {
			t.Errorf("%s: %v, %v", give, j, err)
		}
	}
	_, err = s.Find(t.Context(), "20261123")
	refused(t, err, fault.Usage, "2 runs begin with", "7f3a9c")
	for give, near := range map[string]string{"20261123T143012-7f3b9c": "20261123T143012-7f3a9c", "aaaaaa": "20261124T143012-aaaaaa", "../x": "the nearest is", "": "the nearest is"} {
		_, err = s.Find(t.Context(), give)
		refused(t, err, fault.NotFound, near, "runs list")
	}
}

func TestARunHasOneProcess(t *testing.T) {
	s := newStore(t)
	r := start(t, s)
	_, err := s.Open(t.Context(), r.ID())
	refused(t, err, fault.Safety, r.ID(), "another process")
	closed(t, r)
	again, err := s.Open(t.Context(), r.ID())
	if err != nil {
		t.Fatal(err)
	}
	closed(t, again)
}

// TestKilledAtAnyByte cuts the journal at every byte of its last line.
func TestKilledAtAnyByte(t *testing.T) {
	s := newStore(t)
	r := start(t, s)
	appended(t, r, "one", 1)
	before := r.end
	appended(t, r, "two", 2)
	closed(t, r)
	path := filepath.Join(r.Dir(), journalFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := int(before); cut <= len(whole); cut += 1 + (len(whole)-cut)/8 {
		for _, rest := range []string{"", "\x00\x00", "\x00\n"} {
			if cut == len(whole) && rest != "" {
				continue
			}
			if err := os.WriteFile(path, append(bytes.Clone(whole[:cut]), rest...), 0o600); err != nil {
				t.Fatal(err)
			}
			want := []string{"started", "one1"}
			if cut == len(whole) {
				want = append(want, "two2")
			}
			again, err := s.Open(t.Context(), r.ID())
			if err != nil {
				t.Fatal(err)
			}
			same(t, want, told(t, &again.Journal))
			appended(t, again, "three", 3)
			same(t, append(want, "three3"), told(t, &again.Journal))
			closed(t, again)
		}
	}
}

// TestEveryChangedByteIsFound changes each byte before the last line.
func TestEveryChangedByteIsFound(t *testing.T) {
	s := newStore(t)
	r := start(t, s)
	appended(t, r, "one", "x")
	appended(t, r, "two", "y")
	closed(t, r)
	path := filepath.Join(r.Dir(), journalFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n')
	for i := range last + 1 {
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.Open(t.Context(), r.ID())
		refused(t, err, fault.Safety, fmt.Sprintf("line %d of", 1+bytes.Count(whole[:i], []byte{'\n'})), r.ID())
	}
	lines := bytes.SplitAfter(whole, []byte{'\n'})
	for name, order := range map[string][]int{"line 1 of": {1, 2}, "line 2 of": {0, 2}, "line 3 of": {0, 1, 1, 2}} {
		var text []byte
		for _, i := range order {
			text = append(text, lines[i]...)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.Open(t.Context(), r.ID())
		refused(t, err, fault.Safety, name)
	}
	for info, err := range s.List(t.Context()) {
		refused(t, err, fault.Safety, info.ID)
	}
}

func TestAFailedAppendLeavesTheJournalWhole(t *testing.T) {
	s := newStore(t)
	r := start(t, s)
	good := r.file
	path := filepath.Join(r.Dir(), journalFile)
	reader, err := os.Open(path) // refuses every write
	if err != nil {
		t.Fatal(err)
	}
	r.file = reader
	refused(t, r.Append("lost", 1), fault.Config, "can't be written", "runs resume "+r.ID())
	// Half of that line came to the disk.
	if _, err := good.WriteAt([]byte(`{"seq":2,"kind":"lo`), r.end); err != nil {
		t.Fatal(err)
	}
	r.file = good
	_ = reader.Close()
	appended(t, r, "x", nil)
	same(t, []string{"started", "xnull"}, told(t, &r.Journal))
	refused(t, r.Append("bad", func() {}), fault.Bug, "encoding")
	appended(t, r, "y", nil)
	same(t, []string{"started", "xnull", "ynull"}, told(t, &r.Journal))
}

func TestManyGoroutines(t *testing.T) {
	r := start(t, newStore(t))
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if err := r.Append("n", i); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := told(t, &r.Journal); len(got) != 21 {
		t.Errorf("got %v", got)
	}
}

func TestStartThatFailsLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := NewStore(filepath.Join(blocked, "runs"), clock()).Start(t.Context(), nil, bob)
	refused(t, err, fault.Config, "nothing was begun", "file")
	s := newStore(t)
	_, err = s.Start(t.Context(), func() {}, bob)
	refused(t, err, fault.Bug, "intent")
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Error("something was made")
	}
}

func TestLock(t *testing.T) {
	s := newStore(t)
	unlock, err := s.Lock("org#app/alice", "20261123T143012-7f3a9c")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Lock("org#app/alice", "")
	refused(t, err, fault.Safety, "org#app/alice", "run 20261123T143012-7f3a9c", fmt.Sprint("process ", os.Getpid()), "runs show 20261123T143012-7f3a9c")
	other, err := s.Lock("org#app/bob", "")
	if err != nil {
		t.Fatal(err)
	}
	defer other()
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := s.Lock("org#app/alice", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}

func FuzzEvents(f *testing.F) {
	r := start(f, newStore(f))
	appended(f, r, "a", map[string]any{"n": 1})
	whole, err := os.ReadFile(filepath.Join(r.Dir(), journalFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-5])
	f.Add([]byte("\n\x00\n{}"))
	f.Fuzz(func(t *testing.T, journal []byte) {
		seq := 0
		for e, err := range events(bytes.NewReader(journal)) {
			if err != nil {
				if !strings.Contains(err.Error(), "line ") {
					t.Fatalf("no line is named: %v", err)
				}
				return
			}
			seq++
			if e.Seq != seq || e.end > int64(len(journal)) || journal[e.end-1] != '\n' {
				t.Fatalf("event %+v", e)
			}
			if len(e.Data) > 0 && !json.Valid(e.Data) {
				t.Fatalf("data %q", e.Data)
			}
		}
	})
}
