package flags

import (
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/roamctl/roamctl/internal/fault"
)

// leastSize bounds sizes: a typo must not make a million files.
const leastSize = 1000

// ParseSize reads the value of a flag for a size; 0 for "".
func ParseSize(flag, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(strings.TrimSpace(text))
	if err != nil || n < leastSize || n > 1<<60 {
		return 0, fault.New(fault.Usage, "%s is %q: it must be a size of at least 1 kB, such as 500kB, 100MB or 1GiB", flag, text)
	}
	return int64(n), nil
}
