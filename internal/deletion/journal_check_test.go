package deletion

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// replayed is what a journal with these events says of a job.
func replayed(t *testing.T, job Job, events ...any) error {
	t.Helper()
	_, err := Resume(job, func(yield func(run.Event, error) bool) {
		for _, e := range events {
			kind := map[bool]string{true: eventCalls, false: eventAnswered}
			_, isCalls := e.(callsEvent)
			raw, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			if !yield(run.Event{Kind: kind[isCalls], Data: raw}, nil) {
				return
			}
		}
	})
	return err
}

func TestAJournalStaysWithinTheJob(t *testing.T) {
	noon := roaming.Time{Time: begin}
	later := roaming.Time{Time: begin.Add(time.Millisecond)}
	hers := roaming.Ref{User: "carol", Conversation: "bob", Type: roaming.Chat}
	other := roaming.Ref{User: "alice", Conversation: "carol", Type: roaming.Chat}
	job := func(targets ...Target) Job { return Job{User: "alice", BatchSize: 2, Targets: targets} }
	byID := job(Target{Ref: chat, IDs: []roaming.MessageID{1, 2, 3}})
	byTime := job(Target{Ref: chat, Through: noon})
	whole := job(Target{Ref: chat, All: true, Drop: true})
	keep := job(Target{Ref: chat, Drop: true})
	everything := Job{User: "alice", BatchSize: 2, All: true}
	groups := Job{User: "alice", BatchSize: 2, Each: &Each{Type: roaming.Group, Through: noon}}
	ids := func(ref roaming.Ref, ids ...roaming.MessageID) Call { return Call{Op: OpIDs, Ref: ref, IDs: ids} }
	through := func(ref roaming.Ref, at roaming.Time) Call { return Call{Op: OpThrough, Ref: ref, Through: at} }
	drop := func(ref roaming.Ref, with bool) Call {
		return Call{Op: OpConversation, Ref: ref, WithMessages: with}
	}
	all := func(user string) Call { return Call{Op: OpEverything, Ref: roaming.Ref{User: user}} }
	for name, c := range map[string]struct {
		job  Job
		call Call
		ok   bool
	}{
		"its IDs":                    {byID, ids(chat, 1, 3), true},
		"an ID more":                 {byID, ids(chat, 1, 4), false},
		"no ID":                      {byID, ids(chat), false},
		"more IDs than a call has":   {byID, ids(chat, 1, 2, 3), false},
		"by time instead of IDs":     {byID, through(chat, noon), false},
		"another user's":             {byID, ids(hers, 1), false},
		"another conversation's":     {byID, ids(other, 1), false},
		"another type's":             {byID, ids(roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Group}, 1), false},
		"off the list, though named": {byID, drop(chat, false), false},
		"its time":                   {byTime, through(chat, noon), true},
		"past its time":              {byTime, through(chat, later), false},
		"no time":                    {byTime, through(chat, roaming.Time{}), false},
		"by ID what goes by time":    {byTime, ids(chat, 9), true},
		"the conversation, too":      {byTime, drop(chat, false), false},
		"a whole conversation":       {whole, drop(chat, true), true},
		"any time of it":             {whole, through(chat, later), true},
		"its place on the list":      {keep, drop(chat, false), true},
		"its messages, too":          {keep, drop(chat, true), false},
		"messages, kept":             {keep, through(chat, noon), false},
		"messages, kept, by ID":      {keep, ids(chat, 1), false},
		"everything":                 {everything, all("alice"), true},
		"everything of another":      {everything, all("carol"), false},
		"everything, of one chat":    {whole, all("alice"), false},
		"each conversation":          {everything, drop(other, true), true},
		"each, of another user":      {everything, drop(hers, false), false},
		"each group":                 {groups, through(group, noon), true},
		"each group, a chat":         {groups, through(chat, noon), false},
		"each group, past the time":  {groups, through(group, later), false},
		"each group, off the list":   {groups, drop(group, false), false},
		"an unknown call":            {whole, Call{Op: "delete_all_users", Ref: chat}, false},
	} {
		err := replayed(t, c.job, callsEvent{Calls: number([]Call{c.call})})
		if c.ok != (err == nil) || err != nil && (fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), "nothing was sent")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAJournalIsConsistent(t *testing.T) {
	job := Job{User: "alice", BatchSize: 2, Targets: []Target{{Ref: chat, All: true}}}
	frozen := func(ref roaming.Ref, drop bool, ids ...roaming.MessageID) []Frozen {
		return []Frozen{{Target: Target{Ref: ref, All: true, Drop: drop}, Visible: ids}}
	}
	hers := roaming.Ref{User: "carol", Conversation: "bob", Type: roaming.Chat}
	one := number([]Call{{Op: OpIDs, Ref: chat, IDs: []roaming.MessageID{1}}})
	for name, c := range map[string]struct {
		job    Job
		events []any
		want   string // "" for nothing wrong
	}{
		"what was read":         {job, []any{callsEvent{Calls: one, Frozen: frozen(chat, false, 1, 2)}}, ""},
		"what was not read":     {job, []any{callsEvent{Calls: one, Frozen: frozen(chat, false, 2)}}, "were not read"},
		"read without a backup": {job, []any{callsEvent{Calls: one, Unread: frozen(chat, false, 2)}}, "were not read"},
		"another's history":     {job, []any{callsEvent{Calls: one, Frozen: frozen(hers, false, 2)}}, "names"},
		"off the list":          {job, []any{callsEvent{Calls: one, Frozen: frozen(chat, true, 1)}}, "names"},
		"a number twice":        {job, []any{callsEvent{Calls: append(one, one...)}}, "two calls number 1"},
		"an answer":             {job, []any{callsEvent{Calls: one}, answeredEvent{Number: 1, Status: Accepted}}, ""},
		"an answer to nothing":  {job, []any{callsEvent{Calls: one}, answeredEvent{Number: 2, Status: Accepted}}, "call number 2"},
		"nobody's history":      {Job{BatchSize: 2}, nil, "has no user"},
		"no batch":              {Job{User: "alice"}, nil, "is 0; it must be 1 to 50"},
		"too large a batch":     {Job{User: "alice", BatchSize: 51}, nil, "is 51; it must be 1 to 50"},
		"the largest batch":     {Job{User: "alice", BatchSize: 50}, nil, ""},
		"another's target":      {Job{User: "alice", BatchSize: 1, Targets: []Target{{Ref: hers}}}, nil, "also names"},
		"no conversation":       {Job{User: "alice", BatchSize: 1, Targets: []Target{{Ref: roaming.Ref{User: "alice", Type: roaming.Chat}}}}, nil, "also names"},
		"no type":               {Job{User: "alice", BatchSize: 1, Targets: []Target{{Ref: roaming.Ref{User: "alice", Conversation: "bob"}}}}, nil, "also names"},
	} {
		err := replayed(t, c.job, c.events...)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
