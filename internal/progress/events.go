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

// events shows a run as JSON, an object a line.
type events struct {
	w     io.Writer
	clock func() time.Time

	mu   sync.Mutex
	part []byte // of a note: a line whose end has not come yet
}

func (e *events) start(s Snapshot)  { e.emit("started", s) }
func (e *events) tick(s Snapshot)   { e.emit("progress", s) }
func (e *events) now(s Snapshot)    { e.emit("progress", s) }
func (e *events) stop(s Snapshot)   { e.emit("finished", s) }
func (e *events) writer() io.Writer { return e }

// note is an event that tells what the tool has to say beside the numbers.
type note struct {
	Event string `json:"event"` // note
	Time  string `json:"time"`
	Text  string `json:"text"`
}

// Write makes an event of each line.
func (e *events) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.part = append(e.part, p...)
	for {
		text, rest, whole := bytes.Cut(e.part, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		line, err := json.Marshal(note{Event: "note", Time: e.now8601(), Text: string(text)})
		if err == nil {
			_, err = e.w.Write(append(line, '\n'))
		}
		if err != nil {
			return 0, err
		}
		e.part = append(e.part[:0], rest...)
	}
}

func (e *events) now8601() string { return e.clock().UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// event is what programs read: a field may be added, but none is renamed or
// taken away. Every event but a note has all of them, null where nothing is known.
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
		Event: name, Time: e.now8601(), RunID: s.RunID, Phase: s.Phase,
		Users: s.Users, Failed: s.Failed, Conversations: s.Conversations, Messages: s.Messages,
		Calls: s.Calls, Families: map[string]int{}, CallsPerSecond: rounded(s.CallsPerSecond), Refused: s.Refused, InFlight: s.InFlight,
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
	if err != nil { // cannot be: clean leaves no number that JSON lacks
		return
	}
	say(e.w, string(text))
}

// rounded has three digits behind the point, a millisecond's.
func rounded(f float64) float64 { return math.Round(f*1000) / 1000 }
