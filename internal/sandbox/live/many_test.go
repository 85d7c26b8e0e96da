package live_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

const (
	manyDevices = 500
	manyBytes   = 200 << 20
)

// TestManyDevices: 500 devices, in groups of ten a user, hear of a message at
// once, within 200 MB for both ends of all connections together.
func TestManyDevices(t *testing.T) {
	if testing.Short() {
		t.Skip("connects 500 devices")
	}
	w := newWorld(t, "")
	var members []string
	for i := range manyDevices / 10 {
		name := fmt.Sprintf("user%02d", i)
		members = append(members, name)
		if err := w.box.CreateUser(t.Context(), name, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.box.Join(t.Context(), "many", "", append(members, "alice")...); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	devices := make([]*device, manyDevices)
	for i := range devices {
		devices[i] = w.connect(t, members[i/10], fmt.Sprint("device", i%10))
	}
	connected := time.Since(began)
	began = time.Now()
	if _, err := w.box.SendText(t.Context(), "alice", "many", "groupchat", "hello, all"); err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		d.notice("many")
	}
	heard := time.Since(began)
	for _, d := range devices {
		if n := len(d.drain("many")); n != 1 {
			t.Fatalf("%s/%s got %d messages", d.user, d.resource, n)
		}
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	used := m.HeapInuse + m.StackInuse
	t.Logf("%d devices: connected in %v, told in %v, %d goroutines, %d MB in use, %d MB from the system",
		manyDevices, connected.Round(time.Millisecond), heard.Round(time.Millisecond), runtime.NumGoroutine(), used>>20, m.Sys>>20)
	if m.Sys > manyBytes {
		t.Errorf("%d MB are too much", m.Sys>>20)
	}
}
