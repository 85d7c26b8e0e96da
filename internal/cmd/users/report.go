package users

import (
	"cmp"
	"slices"
	"time"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Report is what the service keeps for a user, counted.
type Report struct {
	User string `json:"user"`
	// Since and Until bound the messages that are counted; null for no bound.
	Since roaming.Time `json:"since"`
	Until roaming.Time `json:"until"`

	Conversations int  `json:"conversations"`
	Unread        int  `json:"unread"` // by the conversation list, regardless of Since and Until
	Groups        *int `json:"groups"` // null if the service refused

	Messages    int                  `json:"messages"`
	WithoutTime int                  `json:"without_time"` // messages without a timestamp
	Unreadable  int                  `json:"unreadable"`   // entries and messages that could not be decoded; not in Messages
	Oldest      roaming.Time         `json:"oldest"`
	Newest      roaming.Time         `json:"newest"`
	ByKind      map[roaming.Kind]int `json:"by_kind"`
	ByDay       []Day                `json:"by_day"`    // the days that have messages, in order
	TimeZone    string               `json:"time_zone"` // the zone used for by_day

	ByConversation []ConversationCount `json:"by_conversation"` // in the order of the list

	// Calls is how many calls were made, without tokens and retries.
	Calls int `json:"calls"`
	// Complete is false if an error stopped the reading. The counts are those up to
	// the error.
	Complete bool `json:"complete"`
}

// Day is the messages of one day.
type Day struct {
	Day      string `json:"day"` // 2026-11-20
	Messages int    `json:"messages"`
}

// ConversationCount has the counts of one conversation.
type ConversationCount struct {
	ID       string           `json:"id"`
	Type     roaming.ChatType `json:"type"`
	Unread   int              `json:"unread"`
	Messages int              `json:"messages"`
	Oldest   roaming.Time     `json:"oldest"`
	Newest   roaming.Time     `json:"newest"`
	// Error is why the service refused the conversation. The counts are those up to
	// the error.
	Error string `json:"error,omitempty"`
}

// counter counts messages.
type counter struct {
	report *Report
	zone   *time.Location
	days   map[string]int
}

func newCounter(r *Report, zone *time.Location) *counter {
	r.TimeZone, r.ByKind = zone.String(), map[roaming.Kind]int{}
	r.ByDay, r.ByConversation = []Day{}, []ConversationCount{}
	return &counter{report: r, zone: zone, days: map[string]int{}}
}

// conversation counts a conversation of the list, or the one of --conversation.
func (t *counter) conversation(c roaming.Conversation) {
	t.report.Conversations++
	t.report.Unread += c.Unread
	t.report.ByConversation = append(t.report.ByConversation, ConversationCount{ID: c.ID, Type: c.Type, Unread: c.Unread})
}

// messages counts a page of the history of conversation number i.
func (t *counter) messages(i int, page roaming.Page[roaming.Message]) {
	in := &t.report.ByConversation[i]
	for _, m := range page.Items {
		t.report.ByKind[m.Kind]++
		if m.Timestamp.IsZero() {
			t.report.WithoutTime++
			continue
		}
		t.days[m.Timestamp.In(t.zone).Format(time.DateOnly)]++
		in.Oldest, in.Newest = earlier(in.Oldest, m.Timestamp), later(in.Newest, m.Timestamp)
	}
	in.Messages += len(page.Items)
	t.report.Messages += len(page.Items)
}

// finish sorts the days and computes the totals, after an error too.
func (t *counter) finish() {
	r := t.report
	for day, n := range t.days {
		r.ByDay = append(r.ByDay, Day{Day: day, Messages: n})
	}
	slices.SortFunc(r.ByDay, func(a, b Day) int { return cmp.Compare(a.Day, b.Day) })
	for _, c := range r.ByConversation {
		r.Oldest, r.Newest = earlier(r.Oldest, c.Oldest), later(r.Newest, c.Newest)
	}
}

// earlier returns the earlier of two times, ignoring a zero one.
func earlier(a, b roaming.Time) roaming.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a.Time) {
		return b
	}
	return a
}

// later returns the later of two times, ignoring a zero one.
func later(a, b roaming.Time) roaming.Time {
	if b.After(a.Time) {
		return b
	}
	return a
}
