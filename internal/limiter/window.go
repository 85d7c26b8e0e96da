package limiter

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"time"
)

// window holds the calls of a budget in the last period.
type window struct {
	calls   []int64 // Unix nanoseconds, in order
	corrupt bool    // the file cannot be read
}

// fullWindow returns a window whose calls were all made now.
func fullWindow(now time.Time, calls int) window {
	return window{calls: slices.Repeat([]int64{now.UnixNano()}, calls)}
}

// settle drops the calls older than per. Calls of the future, made before the clock
// was set back, become calls of now. moved reports whether there were any: they must
// be written back, or they would move again each time.
func (w *window) settle(now time.Time, per time.Duration) (moved bool) {
	for i, at := range slices.Backward(w.calls) {
		if at <= now.UnixNano() {
			break
		}
		w.calls[i], moved = now.UnixNano(), true
	}
	old := 0
	for old < len(w.calls) && now.UnixNano()-w.calls[old] >= int64(per) {
		old++
	}
	w.calls = w.calls[old:]
	return moved
}

// take counts a call in a settled window and returns 0, or returns how long the
// window is full.
func (w *window) take(now time.Time, calls int, per time.Duration) (wait time.Duration) {
	if n := len(w.calls); n >= calls {
		return time.Duration(w.calls[n-calls] + int64(per) - now.UnixNano())
	}
	w.calls = append(w.calls, now.UnixNano())
	return 0
}

// A window's file holds a magic number, the CRC-32 of what follows, the number of
// calls and their times. The rest of a longer window may come after.
const (
	magic  = "roamctl1"
	header = len(magic) + 4 + 4
)

func (w window) encode() []byte {
	b := make([]byte, header, header+8*len(w.calls))
	copy(b, magic)
	binary.LittleEndian.PutUint32(b[len(magic)+4:], uint32(len(w.calls))) //nolint:gosec // at most as many calls as a limit has
	b, _ = binary.Append(b, binary.LittleEndian, w.calls)                 // numbers have a form
	binary.LittleEndian.PutUint32(b[len(magic):], crc32.ChecksumIEEE(b[len(magic)+4:]))
	return b
}

// decodeWindow reads what encode wrote. Anything else is a corrupt window.
func decodeWindow(b []byte) window {
	if len(b) < header || string(b[:len(magic)]) != magic {
		return window{corrupt: true}
	}
	sum, b := binary.LittleEndian.Uint32(b[len(magic):]), b[len(magic)+4:]
	n := int(binary.LittleEndian.Uint32(b))
	if n > (len(b)-4)/8 || crc32.ChecksumIEEE(b[:4+8*n]) != sum {
		return window{corrupt: true}
	}
	w := window{calls: make([]int64, n)}
	_, _ = binary.Decode(b[4:], binary.LittleEndian, w.calls) // b is long enough
	return w
}
