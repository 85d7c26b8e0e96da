package generate

import (
	"iter"
	"math/rand/v2"
	"time"
)

// hourly is the share of messages in each hour of the day.
var hourly = [24]int64{6, 3, 2, 1, 1, 2, 6, 14, 22, 26, 27, 28, 32, 28, 26, 26, 27, 30, 34, 38, 42, 40, 30, 15} //nolint:gochecknoglobals // a constant table

// zone is the users' time zone, in hours east of UTC.
const zone = 8

// times returns n ascending times in Unix ms, in the hours from start.
func times(r *rand.Rand, start time.Time, hours int, n int64) iter.Seq[int64] {
	weight := func(hour int) int64 {
		return hourly[(start.Unix()/int64(time.Hour/time.Second)+int64(hour)+zone)%int64(len(hourly))]
	}
	total := int64(0)
	for h := range hours {
		total += weight(h)
	}
	const hour = int64(time.Hour / time.Millisecond)
	return func(yield func(int64) bool) {
		before, done := int64(0), int64(0) // weights and messages up to now
		for h := range hours {
			before += weight(h)
			until := n/total*before + n%total*before/total
			from, count := start.UnixMilli()+int64(h)*hour, until-done
			for i := range count {
				// In equal steps, each with a random offset.
				if !yield(from + (i*hour+r.Int64N(hour))/count) {
					return
				}
			}
			done = until
		}
	}
}
