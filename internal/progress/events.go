package progress

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math"
	"sync"
	"time"
)

// events shows a run as JSON objects, one a line.
type events struct {
	w     io.Writer
	clock func() time.Time

	mu   sync.Mutex
	part []byte // a line of a note without its end yet
}

func (e *events) start(s Snapshot)    { e.emit("started", s) }
func (e *events) tick(s Snapshot)     { e.emit("progress", s) }
func (e *events) onSignal(s Snapshot) { e.emit("progress", s) }
func (e *events) stop(s Snapshot)     { e.emit("finished", s) }
func (e *events) writer() io.Writer   { return e }

// note is the event of a note or warning.
type note struct {
	Event string `json:"event"` // note
	Time  string `json:"time"`
	Text  string `json:"text"`
}

// Write writes an event for each line.
func (e *events) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.part = append(e.part, p...)
	for {
		text, rest, whole := bytes.Cut(e.part, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		line, err := json.Marshal(note{Event: "note", Time: e.timestamp(), Text: string(text)})
		if err == nil {
			_, err = e.w.Write(append(line, '\n'))
		}
		if err != nil {
			return 0, err
		}
		e.part = append(e.part[:0], rest...)
	}
}

func (e *events) timestamp() string { return e.clock().UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// event is any other event, with all fields; null is unknown. Fields may be added, but
// not renamed or removed.
type event struct {
	Event          string         `json:"event"` // started, progress, finished
	Time           string         `json:"time"`
	RunID          string         `json:"run_id"`
	Phase          string         `json:"phase"`
	Users          int            `json:"users"`
	UsersTotal     *int           `json:"users_total"`
	Failed         int            `json:"failed"`
	Conversations  int            `json:"conversations"`
	Messages       int            `json:"messages"`
	Calls          int            `json:"calls"`
	Families       map[string]int `json:"calls_by_family"`
	CallsPerSecond float64        `json:"calls_per_second"`
	QuotaPerSecond *float64       `json:"quota_per_second"`
	Refused        int            `json:"refused"`
	InFlight       int            `json:"in_flight"`
	ElapsedSeconds float64        `json:"elapsed_seconds"`
	LeftSeconds    *float64       `json:"left_seconds"`
}

func (e *events) emit(name string, s Snapshot) {
	s = s.clean()
	ev := event{
		Event: name, Time: e.timestamp(), RunID: s.RunID, Phase: s.Phase,
		Users: s.Users, Failed: s.Failed, Conversations: s.Conversations, Messages: s.Messages,
		Calls: s.Calls, Families: map[string]int{}, CallsPerSecond: rounded(s.PerSecond), Refused: s.Refused, InFlight: s.InFlight,
		ElapsedSeconds: rounded(s.Elapsed.Seconds()),
	}
	maps.Copy(ev.Families, s.Families)
	if s.UsersTotal >= 0 {
		ev.UsersTotal = &s.UsersTotal
	}
	if s.Quota > 0 {
		ev.QuotaPerSecond = &s.Quota
	}
	if s.Left >= 0 {
		left := rounded(s.Left.Seconds())
		ev.LeftSeconds = &left
	}
	text, err := json.Marshal(ev)
	if err == nil { // always: clean has made the numbers finite
		writeLine(e.w, string(text))
	}
}

// rounded has three digits after the point.
func rounded(f float64) float64 { return math.Round(f*1000) / 1000 }
