package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// sealed gives a text that does not end in its digest the right one.
func sealed(text string) []byte {
	zeros := text + digestStart + noDigest + digestEnd
	sum := sha256.Sum256([]byte(zeros))
	return []byte(text + digestStart + hex.EncodeToString(sum[:]) + digestEnd)
}

// Whoever writes a plan by hand can give it a digest: what no plan of ours says is
// refused all the same.
func TestPlanWithAValidDigestIsChecked(t *testing.T) {
	job := func(change func(*Job)) string {
		j := Job{Command: "messages delete", User: "alice", BatchSize: 50, Targets: []Target{{Conversation: "bob", Type: roaming.Chat, Messages: 1}}}
		j.Messages = []Message{{Conversation: "bob", Type: roaming.Chat, ID: 1, Time: made}}
		change(&j)
		b, err := json.Marshal(struct {
			Job

			Messages []Message `json:"messages"`
		}{j, j.Messages})
		if err != nil {
			t.Fatal(err)
		}
		return `{"format": 2, "jobs": [` + string(b) + `]`
	}
	for name, c := range map[string]struct{ text, want string }{
		"good":                     {job(func(*Job) {}), ""},
		"no jobs":                  {`{"format": 2, "jobs": []`, ""},
		"another format":           {`{"format": 9, "jobs": []`, "format 9; this version of roamctl reads formats 2 and 3"},
		"no format":                {`{"jobs": []`, "format 0"},
		"a list":                   {`[`, "not a plan"},
		"jobs that are an object":  {`{"format": 2, "jobs": {}`, "not a plan"},
		"a job that is a number":   {`{"format": 2, "jobs": [1]`, "not a plan"},
		"jobs that do not end":     {`{"format": 2, "jobs": [`, "not a plan"},
		"a member without value":   {`{"format": 2, "x": `, "not a plan"},
		"a member that is no text": {`{"format": 2, 7: 1`, "not a plan"},
		"a format that is a text":  {`{"format": "1", "jobs": []`, "not a plan"},
		"a message more":           {job(func(j *Job) { j.Targets[0].Messages = 0 }), "lists 1 messages of bob and counts 0"},
		"a message less":           {job(func(j *Job) { j.Targets[0].Messages = 2 }), "lists 1 messages of bob and counts 2"},
		"of a conversation that is not named": {job(func(j *Job) {
			j.Messages = append(j.Messages, Message{Conversation: "carol", Type: roaming.Chat, ID: 2})
		}), "conversations that it does not name"},
		"of another type":   {job(func(j *Job) { j.Messages[0].Type = roaming.Group }), "lists 0 messages of bob and counts 1"},
		"a target twice":    {job(func(j *Job) { j.Targets = append(j.Targets, j.Targets[0]) }), "conversations that it does not name"},
		"nobody's":          {job(func(j *Job) { j.User = "" }), "has no user"},
		"no batch":          {job(func(j *Job) { j.BatchSize = 0 }), "is 0; it must be 1 to 50"},
		"too large a batch": {job(func(j *Job) { j.BatchSize = 51 }), "is 51; it must be 1 to 50"},
		"no conversation": {job(func(j *Job) {
			j.Targets[0].Conversation, j.Messages[0].Conversation = "", ""
		}), "also names"},
	} {
		p, err := Decode(sealed(c.text))
		switch {
		case c.want == "" && (err != nil || p == nil):
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// What is too short for a digest, or does not end in one, is no plan.
func TestPlanEndsInADigest(t *testing.T) {
	end := digestStart + noDigest + digestEnd
	for _, text := range []string{"", "{", end[1:], end[:len(end)-1] + " ", " " + end[1:], "{\"format\":1}" + strings.Repeat(" ", len(end))} {
		_, err := Decode([]byte(text))
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != fault.Safety || !strings.Contains(err.Error(), "does not end in a digest") || f.Hint == "" {
			t.Errorf("%q: %v", text, err)
		}
	}
	// The shortest text that may be a plan is compared with its digest.
	if _, err := Decode([]byte(end)); fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), "does not match") {
		t.Errorf("got %v", err)
	}
}

func TestMessagesAreInOrder(t *testing.T) {
	at := func(conversation string, kind roaming.ChatType, ms int64, id roaming.MessageID) Message {
		return Message{Conversation: conversation, Type: kind, Time: roaming.Millis(ms), ID: id}
	}
	want := []Message{
		at("a", roaming.Chat, 1, 9), at("a", roaming.Chat, 2, 1), at("a", roaming.Chat, 2, 2),
		at("a", roaming.Group, 1, 3), at("b", roaming.Chat, 0, 4),
	}
	j := NewJob(deletion.Job{}, nil, []Message{want[4], want[2], want[3], want[1], want[0]})
	if diff := cmp.Diff(want, j.Messages); diff != "" {
		t.Error(diff)
	}
}

// What a target's time does not reach goes by ID: a later message, and one without
// a time.
func TestMessagesAfterTheTimeAreDeletedByID(t *testing.T) {
	j := Job{
		User: "alice", Listed: true,
		Targets: []Target{{Conversation: "bob", Type: roaming.Chat, Through: made}, {Conversation: "42", Type: roaming.Group, Drop: true}},
		Messages: []Message{
			{Conversation: "bob", Type: roaming.Chat, ID: 1, Time: made},
			{Conversation: "bob", Type: roaming.Chat, ID: 2, Time: roaming.Millis(made.UnixMilli() + 1)},
			{Conversation: "bob", Type: roaming.Chat, ID: 3},
			{Conversation: "bob", Type: roaming.Group, ID: 4, Time: made},
		},
	}
	job, expected := j.Deletion()
	want := []deletion.Target{
		{Ref: chat, Through: made, IDs: []roaming.MessageID{2, 3}},
		{Ref: team, Drop: true},
	}
	if diff := cmp.Diff(want, job.Targets); diff != "" || !job.Listed {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]roaming.MessageID{{1, 2, 3}, {}}, [][]roaming.MessageID{expected[0].Visible, expected[1].Visible}); diff != "" {
		t.Error(diff)
	}
}
