package backup

import (
	"runtime"
	"testing"

	"go.uber.org/goleak"
)

// TestMemoryStaysFlat writes, verifies, packs and reads a backup that is many
// times larger than what it may take.
func TestMemoryStaysFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	defer goleak.VerifyNone(t)
	const messages, allowed = 800, 24 << 20 // 50 MB in JSON, of noise
	o := options()
	w, err := Create(t.Context(), t.TempDir(), "b", o)
	if err != nil {
		t.Fatal(err)
	}
	base, most := inUse(), uint64(0)
	m := noise(1)
	for i := range messages {
		m.ID++
		m.Raw[i%len(m.Raw)]++
		if err := w.AddMessage(m); err != nil {
			t.Fatal(err)
		}
		if i%200 == 0 {
			most = max(most, inUse())
		}
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := Open(packed(t, w.Path()))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range b.Messages() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if n%200 == 0 {
			most = max(most, inUse())
		}
	}
	t.Logf("%d MiB in use at most, %d before", most>>20, base>>20)
	if n != messages || most > base+allowed {
		t.Errorf("%d messages read; %d MiB were in use at most, %d before", n, most>>20, base>>20)
	}
}

func inUse() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func TestStoppingEarlyLeavesNothingOpen(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, path := range []string{written(t, 50, options()), packed(t, written(t, 50, options()))} {
		b, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for m, err := range b.Messages() {
			if err != nil || m.ID == 0 {
				t.Error(m, err)
			}
			break
		}
	}
}
