package run

import (
	"fmt"
	"time"
)

// An ID is a second in UTC and, in six hexadecimal digits, a fraction of it: IDs
// sort by time.
const (
	idTime    = "20060102T150405"
	idParts   = 1 << 24 // of a second
	idPattern = `^[0-9]{8}T[0-9]{6}-[0-9a-f]{6}$`
)

// NewID is an ID for what is carried out like a run and not kept as one, such as
// an import into an archive.
func NewID(now time.Time) string { return newID(now, "") }

// newID is the ID of a run that begins at now. It sorts after last: several runs
// may begin within the resolution of an ID, and clocks can be set back.
func newID(now time.Time, last string) string {
	id := formatID(now.UTC(), int64(now.Nanosecond())*idParts/int64(time.Second))
	if id > last {
		return id
	}
	var part int64
	second, err := time.Parse(idTime, last[:len(idTime)])
	if err == nil {
		_, err = fmt.Sscanf(last[len(idTime):], "-%06x", &part)
	}
	if err != nil {
		return id // last has the form of an ID and is no time
	}
	part++
	if part == idParts {
		second, part = second.Add(time.Second), 0
	}
	return formatID(second, part)
}

func formatID(second time.Time, part int64) string {
	return fmt.Sprintf("%s-%06x", second.Format(idTime), part)
}
