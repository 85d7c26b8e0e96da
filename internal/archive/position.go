package archive

import (
	"hash/fnv"
	"strconv"
)

// A position is the time in milliseconds and then slotBits of a hash of the key.
// So the order of positions is the order of times, and a store that is filled
// anew, in whatever order, has the same positions.
const (
	slotBits = 20
	slotMask = 1<<slotBits - 1
	maxMilli = 1<<(63-slotBits) - 1 // in the year 2248; later times come last
	// attemptsEach is how many positions of one millisecond are tried.
	attemptsEach = 50
)

// PositionOf is the position of a message at a time in Unix milliseconds, 0 for
// none. Where it is taken, a store tries attempt 1, 2 and so on: other hashes,
// and after some of them those of the next millisecond. Spill is how many
// milliseconds after its own that is.
func PositionOf(ms int64, key Key, attempt int) (position, spill int64) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	if attempt > 0 {
		_, _ = h.Write(strconv.AppendInt(nil, int64(attempt), 10))
	}
	sum := h.Sum64()
	spill = int64(attempt / attemptsEach)
	return clamp(clamp(ms)+spill)<<slotBits | int64((sum^sum>>slotBits^sum>>(2*slotBits))&slotMask), spill
}

// Positions are the first and the last position that messages of a span can
// have in a store that has gone so far beyond a millisecond.
func (s Span) Positions(spill int64) (first, last int64) {
	return clamp(s.From) << slotBits, clamp(clamp(s.To)+spill)<<slotBits | slotMask
}

func clamp(ms int64) int64 { return min(max(ms, 0), maxMilli) }
