package limiter

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWindowFiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := window{calls: rapid.SliceOfN(rapid.Int64(), 0, 20).Draw(t, "calls")}
		b := w.encode()
		rest := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "rest of a longer window")
		if diff := cmp.Diff(w.calls, append([]int64{}, decodeWindow(append(b, rest...)).calls...)); diff != "" {
			t.Fatal(diff)
		}
		torn := b[:rapid.IntRange(0, len(b)-1).Draw(t, "torn at")]
		if got := decodeWindow(torn); !got.corrupt || len(got.calls) > 0 {
			t.Fatalf("torn, and read as %v", got)
		}
		flipped := append([]byte{}, b...)
		flipped[rapid.IntRange(0, len(b)-1).Draw(t, "flipped at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if got := decodeWindow(flipped); !got.corrupt {
			t.Fatalf("a bit was flipped, and it is read as %v", got)
		}
	})
}

func TestSettle(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	calls := func(s ...int64) (ns []int64) {
		for _, s := range s {
			ns = append(ns, at(s).UnixNano())
		}
		return ns
	}
	tests := map[string]struct {
		calls []int64
		want  []int64
		moved bool
	}{
		"old ones go":           {calls(80, 90, 91, 100), calls(91, 100), false},
		"future ones are now's": {calls(95, 101, 5000), calls(95, 100, 100), true},
		"none":                  {calls(), calls(), false},
	}
	for name, tt := range tests {
		w := window{calls: tt.calls}
		if moved := w.settle(at(100), 10*time.Second); moved != tt.moved {
			t.Errorf("%s: moved is %t", name, moved)
		}
		if diff := cmp.Diff(append([]int64{}, tt.want...), append([]int64{}, w.calls...)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}
