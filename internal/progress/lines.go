package progress

import (
	"io"
	"strings"
)

// lines shows a run as lines of text, for a log.
type lines struct{ w io.Writer }

func (l *lines) start(Snapshot)    {} // the first interval has the first news
func (l *lines) tick(s Snapshot)   { say(l.w, line(s, 0)) }
func (l *lines) now(s Snapshot)    { say(l.w, line(s, 0)) }
func (l *lines) stop(s Snapshot)   { say(l.w, lastLine(s, 0)) }
func (l *lines) writer() io.Writer { return l.w }

// silence shows nothing that was not asked for.
type silence struct{ w io.Writer }

func (q *silence) start(Snapshot)    {}
func (q *silence) tick(Snapshot)     {}
func (q *silence) now(s Snapshot)    { say(q.w, line(s, 0)) }
func (q *silence) stop(Snapshot)     {}
func (q *silence) writer() io.Writer { return q.w }

// say writes a line, in one piece: others write to the same stream. That it
// cannot be written is no reason to end a run; the stream remembers it.
func say(w io.Writer, text string) { _, _ = io.WriteString(w, text+"\n") }

// line is the state in a line, broken at a width if that is not 0.
func line(s Snapshot, width int) string {
	s = s.clean()
	last := duration(s.Elapsed) + " so far"
	if s.Left >= 0 {
		last = duration(s.Left) + " left"
	}
	return sentence(s, s.pace(s.CallsPerSecond), last, width)
}

// lastLine is the state at the end: what is left and the present pace mean
// nothing any more.
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
	return strings.Join(flow(fields, width), "\n")
}
