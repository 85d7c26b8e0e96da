package limiter

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"time"
)

// window are the calls of a budget in its last stretch of time.
type window struct {
	calls   []int64 // Unix nanoseconds, in order
	unknown bool    // the file can't be understood: what was called is not known
}

// fullWindow is a window that was used up just now.
func fullWindow(now time.Time, calls int) window {
	return window{calls: slices.Repeat([]int64{now.UnixNano()}, calls)}
}

// settle drops the calls that are older than per. Those of the future, from
// before the clock was set back, become calls of now: how long ago they were
// can't be known. It tells whether there were any, so that they become so
// once and not again at every look.
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

// take counts a call of now into a settled window and returns 0, or returns
// how long the window allows no more.
func (w *window) take(now time.Time, calls int, per time.Duration) (wait time.Duration) {
	if n := len(w.calls); n >= calls {
		return time.Duration(w.calls[n-calls] + int64(per) - now.UnixNano())
	}
	w.calls = append(w.calls, now.UnixNano())
	return 0
}

// A window's file is its mark, the CRC-32 of what follows, the number of
// calls, and their times; what is left of a longer window may come after.
const (
	mark   = "roamctl1"
	header = len(mark) + 4 + 4
)

func (w window) encode() []byte {
	b := make([]byte, header, header+8*len(w.calls))
	copy(b, mark)
	binary.LittleEndian.PutUint32(b[len(mark)+4:], uint32(len(w.calls))) //nolint:gosec // at most as many calls as a limit has
	for _, at := range w.calls {
		b = binary.LittleEndian.AppendUint64(b, uint64(at)) //nolint:gosec // the same bits
	}
	binary.LittleEndian.PutUint32(b[len(mark):], crc32.ChecksumIEEE(b[len(mark)+4:]))
	return b
}

// decodeWindow reads what encode wrote. Anything else, such as half of it, is
// an unknown window.
func decodeWindow(b []byte) window {
	if len(b) < header || string(b[:len(mark)]) != mark {
		return window{unknown: true}
	}
	sum, b := binary.LittleEndian.Uint32(b[len(mark):]), b[len(mark)+4:]
	n := int(binary.LittleEndian.Uint32(b))
	if n > (len(b)-4)/8 || crc32.ChecksumIEEE(b[:4+8*n]) != sum {
		return window{unknown: true}
	}
	w := window{calls: make([]int64, n)}
	for i := range w.calls {
		w.calls[i] = int64(binary.LittleEndian.Uint64(b[4+8*i:])) //nolint:gosec // the same bits
	}
	return w
}
