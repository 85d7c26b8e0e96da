package browse

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// TestTheWindowIsBounded walks through a long conversation and back: every message
// comes once and in order, and never more than the bound are in memory.
func TestTheWindowIsBounded(t *testing.T) {
	const n = 2000
	s := numbered(n)
	plain := s.message
	s.message = func(i int) source.Message {
		m := plain(i)
		if i%10 == 0 {
			m.Timestamp = roaming.Time{} // the position, not the time, says where it is
		}
		return m
	}
	x := open(t, s, 80, 24)
	x.press("enter")
	most := 0
	walk := func(key string, step int) {
		for i := range n {
			want := fmt.Sprint("message ", i)
			if step < 0 {
				want = fmt.Sprint("message ", n-1-i)
			}
			if x.at() != want {
				t.Fatalf("%s: at %q, want %q", key, x.at(), want)
			}
			most = max(most, len(x.chat.entries))
			x.press(key)
		}
	}
	walk("k", -1)
	walk("j", 1)
	if most > maxWindow {
		t.Errorf("%d messages in memory", most)
	}
}

// TestTheWindowIsBoundedInBytes walks through a conversation of large messages and back.
// The window is within its bound or, if the messages are larger than that, has the
// current one and its neighbours.
func TestTheWindowIsBoundedInBytes(t *testing.T) {
	for size, n := range map[int]int{100 << 10: 100, maxBytes / 2: 10} {
		text := strings.Repeat("x", size)
		s := numbered(n)
		s.message = func(i int) source.Message { return said(i, "bob", fmt.Sprintf("message %d %s", i, text)) }
		x := open(t, s, 80, 24)
		x.press("enter")
		for i := range 2 * n {
			key, want := "k", n-1-i
			if i >= n {
				key, want = "j", i-n
			}
			if prefix := fmt.Sprintf("message %d ", want); !strings.HasPrefix(x.at(), prefix) {
				t.Fatalf("%s: at %.20q, want %q", key, x.at(), prefix)
			}
			total := 0
			for _, e := range x.chat.entries {
				total += e.size
			}
			if limit := max(maxBytes, 5*x.chat.entries[0].size); total > limit {
				t.Fatalf("%d bytes in memory, want at most %d", total, limit)
			}
			x.press(key)
		}
		if len(s.reads) > 4*n {
			t.Errorf("%d reads of %d messages", len(s.reads), n)
		}
	}
}

// TestLostPlace: messages that come again are not shown as older ones.
func TestLostPlace(t *testing.T) {
	s := numbered(200)
	s.fail = func(_ roaming.Ref, q source.Query) error {
		if q.After == "150" { // the service no longer knows it, and begins anew
			s.message = func(i int) source.Message {
				m := said(i, "bob", fmt.Sprint("message ", i+50))
				return m
			}
		}
		return nil
	}
	x := open(t, s, 80, 24)
	x.press("enter")
	x.chat.entries[0].Position = "150"
	x.chat.entries[1].Position = "149"
	for range pageSize - near {
		x.press("k")
	}
	if !strings.Contains(x.status, "lost its place") || len(x.chat.entries) != pageSize {
		t.Errorf("%d messages, %q", len(x.chat.entries), x.status)
	}
}

// BenchmarkKey presses a key in a conversation of a million messages beside ten
// thousand conversations, and draws the screen. heap-MB is what is in use in the end.
func BenchmarkKey(b *testing.B) {
	for _, size := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := numbered(size)
			for i := range 10_000 {
				s.conversations = append(s.conversations, roaming.Conversation{ID: fmt.Sprint("user", i), Type: roaming.Chat})
			}
			x := open(b, s, 200, 50)
			x.press("G", "g", "enter")
			up := tea.KeyPressMsg{Code: tea.KeyPgUp}
			b.ReportAllocs()
			for b.Loop() {
				x.send(up)
				if x.chat.oldest && x.chat.cursor == 0 {
					x.press("G")
				}
				_ = x.View()
			}
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapInuse)/1e6, "heap-MB")
		})
	}
}
