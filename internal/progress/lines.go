package progress

import (
	"io"
	"strings"
)

// lines shows a run as lines of text, for a log.
type lines struct {
	w   io.Writer
	off bool // only on a signal
}

func (l *lines) start(Snapshot)      {} // the first line comes after an interval
func (l *lines) onSignal(s Snapshot) { writeLine(l.w, line(s, 0)) }
func (l *lines) writer() io.Writer   { return l.w }

func (l *lines) tick(s Snapshot) { l.onSignal(s) }

func (l *lines) stop(s Snapshot) {
	if !l.off {
		writeLine(l.w, lastLine(s, 0))
	}
}

// writeLine writes a line by one call, because others write to the same stream. The
// stream remembers an error; it is no reason to end a run.
func writeLine(w io.Writer, text string) { _, _ = io.WriteString(w, text+"\n") }

// line returns the state in a line, broken at width if that is not 0.
func line(s Snapshot, width int) string {
	s = s.clean()
	last := duration(s.Elapsed) + " so far"
	if s.Left >= 0 {
		last = duration(s.Left) + " left"
	}
	return sentence(s, s.pace(s.PerSecond), last, width)
}

// lastLine returns the state at the end: with the average pace and the time taken.
func lastLine(s Snapshot, width int) string {
	s = s.clean()
	return sentence(s, s.pace(s.average())+" on average", "in "+duration(s.Elapsed), width)
}

func sentence(s Snapshot, pace, last string, width int) string {
	first := s.users()
	if s.Phase != "" {
		first = s.Phase + ": " + first
	}
	parts := []string{first, s.content(), pace, number(s.Refused) + " refused", number(s.Failed) + " failed", last}
	if width <= 0 {
		return strings.Join(parts, ", ")
	}
	fields := make([]field, len(parts))
	for i, part := range parts {
		fields[i].text = part
	}
	return strings.Join(joinFields(fields, width), "\n")
}
