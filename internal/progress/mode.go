package progress

import (
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// Mode is how progress is shown.
type Mode string

// The modes.
const (
	Auto  Mode = "auto"  // bars on a terminal, else lines
	Bars  Mode = "bars"  // bars on a terminal, else lines too: there is nothing to draw on
	Lines Mode = "lines" // a line every interval
	JSON  Mode = "json"  // a JSON object a line, every interval and at both ends
	Off   Mode = "off"   // only when asked
)

// Modes are all modes, the default first.
func Modes() []Mode { return []Mode{Auto, Bars, Lines, JSON, Off} }

// ParseMode is the mode of that name; "" is Auto.
func ParseMode(name string) (Mode, error) {
	if name == "" {
		return Auto, nil
	}
	if m := Mode(name); slices.Contains(Modes(), m) {
		return m, nil
	}
	var names []string
	for _, m := range Modes() {
		names = append(names, string(m))
	}
	return "", fault.New(fault.Usage, "there is no way %q to show progress", name).
		WithHint("one of %s", strings.Join(names, ", "))
}

// resolve is the mode that is meant: an unknown one is Auto.
func resolve(m Mode, tty bool) Mode {
	switch m {
	case Lines, JSON, Off:
		return m
	default:
		if tty {
			return Bars
		}
		return Lines
	}
}
