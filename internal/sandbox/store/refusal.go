package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
)

// Refusal is a request or a device's frame that was refused.
type Refusal struct {
	Method string `json:"method"`           // of HTTP; of a device what it did, such as upload
	Route  string `json:"route"`            // the pattern; the path of a request that no route is for
	User   string `json:"user"`             // whose view or token it is; "" if that is not known
	Device string `json:"device,omitempty"` // the user's device, if one was refused
	Status int    `json:"status,omitempty"` // of HTTP; 0 for a device's frame
	Reason string `json:"reason"`
}

// maxRefusalText bounds each text of a refusal, in bytes: strangers write them.
const maxRefusalText = 512

// Bounded returns the refusal with its texts cut to a length that can be kept.
func (r Refusal) Bounded() Refusal {
	for _, text := range []*string{&r.Method, &r.Route, &r.User, &r.Device, &r.Reason} {
		if len(*text) > maxRefusalText {
			*text = strings.ToValidUTF8((*text)[:maxRefusalText], "") + "..."
		}
	}
	return r
}

// String returns the refusal in one line, as a log has it.
func (r Refusal) String() string {
	who := r.User
	if r.Device != "" {
		who += "/" + r.Device
	}
	if who != "" {
		who = " for " + who
	}
	return r.what() + who + ": " + r.Reason
}

func (r Refusal) what() string {
	if r.Status == 0 {
		return r.Method + " " + r.Route
	}
	return fmt.Sprintf("%s %s %d", r.Method, r.Route, r.Status)
}

// RecordRefusal adds a refusal to the log of events. It need not be of a user that
// exists: an event's detail holds it as JSON.
func (s *Store) RecordRefusal(ctx context.Context, r Refusal) error {
	detail, err := json.Marshal(r.Bounded())
	if err != nil {
		return fmt.Errorf("recording a refusal: %w", err)
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		return s.record(ctx, tx, Event{Kind: Refused, Detail: string(detail)})
	})
}

// readRefusal completes a Refused event.
func (e *Event) readRefusal() error {
	e.Refusal = &Refusal{}
	if err := json.Unmarshal([]byte(e.Detail), e.Refusal); err != nil {
		return fmt.Errorf("reading event %d: %w", e.Seq, err)
	}
	e.User, e.Device = e.Refusal.User, e.Refusal.Device
	e.Detail = e.Refusal.what() + ": " + e.Refusal.Reason
	return nil
}
