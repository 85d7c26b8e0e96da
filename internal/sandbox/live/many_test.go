package live_test

import (
	"fmt"
	"runtime"
	"testing"
)

// TestManyDevices sends a message to a group: every device of its members
// receives it, once.
func TestManyDevices(t *testing.T) { manyDevices(t, 50) }

// BenchmarkManyDevices measures the memory of both ends of 500 connections.
func BenchmarkManyDevices(b *testing.B) {
	for b.Loop() {
		w := manyDevices(b, 500)
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapInuse+m.StackInuse)/1e6, "MB-in-use")
		b.ReportMetric(float64(m.Sys)/1e6, "MB-of-system")
		w.close()
	}
}

// manyDevices connects n devices, ten for each user.
func manyDevices(t testing.TB, n int) *world {
	t.Helper()
	w := newWorld(t, "")
	var members []string
	for i := range n / 10 {
		name := fmt.Sprintf("user%02d", i)
		members = append(members, name)
		if err := w.box.CreateUser(t.Context(), name, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.box.Join(t.Context(), "many", "", append(members, "alice")...); err != nil {
		t.Fatal(err)
	}
	devices := make([]*device, n)
	for i := range devices {
		devices[i] = w.connect(t, members[i/10], fmt.Sprint("device", i%10))
	}
	if _, err := w.box.SendText(t.Context(), "alice", "many", "groupchat", "hello, all"); err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		d.notice("many")
	}
	for _, d := range devices {
		if n := len(d.drain("many")); n != 1 {
			t.Fatalf("%s/%s got %d messages", d.user, d.resource, n)
		}
	}
	return w
}
