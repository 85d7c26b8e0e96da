package easemob

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// recalled is the error of a call, or of one of its messages.
func recalled(refused map[roaming.MessageID]error, err error) error {
	return errors.Join(append(slices.Collect(maps.Values(refused)), err)...)
}

func sent(n int) []roaming.Sent {
	list := make([]roaming.Sent, n)
	for i := range list {
		list[i] = roaming.Sent{ID: roaming.MessageID(i + 1), From: "alice"}
	}
	return list
}

// Only "recalled":"yes" counts. What a batch does not confirm is asked for alone.
func TestOnlyYesIsRecalled(t *testing.T) {
	const yes, no = `{"recalled":"yes","msg_id":"%d"}`, `{"recalled":"no","msg_id":"%d"}`
	for name, tt := range map[string]struct {
		batch   string // the answer for messages 1 to 3
		status  int
		singles int
		refused []roaming.MessageID // 2 alone is answered "failed"
	}{
		"all":          {fmt.Sprintf(`{"data":[`+yes+`,`+yes+`,`+yes+`]}`, 1, 2, 3), 200, 0, nil},
		"one is not":   {fmt.Sprintf(`{"data":[`+yes+`,`+no+`,`+yes+`]}`, 1, 2, 3), 200, 1, []roaming.MessageID{2}},
		"one is left":  {fmt.Sprintf(`{"data":[`+yes+`,`+yes+`]}`, 1, 2), 200, 1, nil},
		"another's ID": {fmt.Sprintf(`{"data":[`+yes+`,`+yes+`,`+yes+`]}`, 1, 9, 3), 200, 1, []roaming.MessageID{2}},
		"no list":      {`{"data":{"recalled":"yes"}}`, 200, 3, []roaming.MessageID{2}},
		"nothing":      {`{}`, 200, 3, []roaming.MessageID{2}},
		"refused":      {`{"error":"message_recall_error","error_description":"exceed recall time limit"}`, 403, 3, []roaming.MessageID{2}},
		"true":         {`{"data":[{"recalled":true,"msg_id":"1"}]}`, 200, 3, []roaming.MessageID{2}},
	} {
		t.Run(name, func(t *testing.T) {
			singles := 0
			s := &service{}
			s.answer = byMessage(s, tt.status, tt.batch, &singles)
			c, _ := newTest(t, s)
			refused, err := c.Recall(t.Context(), alice("bob", roaming.Chat), sent(3), false)
			if err != nil || !slices.Equal(slices.Sorted(maps.Keys(refused)), tt.refused) || singles != tt.singles {
				t.Errorf("%d singles, refused %v, %v", singles, refused, err)
			}
			for _, err := range refused {
				if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), `answers "failed" instead of yes`) {
					t.Error(err)
				}
			}
		})
	}
}

// byMessage answers a batch as given, and single recalls with yes, but for message 2.
func byMessage(s *service, status int, batch string, singles *int) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		if strings.HasSuffix(r.URL.Path, "batch_recall") {
			reply(w, status, batch)
			return
		}
		*singles++
		asked := s.asked(false)
		if strings.Contains(asked[len(asked)-1].Body, `"msg_id":"2"`) {
			reply(w, 200, `{"data":{"recalled":"failed"}}`)
			return
		}
		reply(w, 200, `{"data":{"recalled":"yes"}}`)
	}
}

// A refusal of the credentials or the app stops the rest of a batch.
func TestRecallThatIsNotOpen(t *testing.T) {
	s := &service{answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
		reply(w, 403, `{"error":"forbidden_op","error_description":"message recall service is unopened"}`)
	}}
	c, _ := newTest(t, s)
	for _, n := range []int{1, 30} {
		refused, err := c.Recall(t.Context(), alice("bob", roaming.Chat), sent(n), false)
		if refused != nil || fault.KindOf(err) != fault.Auth || !strings.Contains(fault.HintOf(err), "console") {
			t.Errorf("%v, %v", refused, err)
		}
	}
	if n := len(s.asked(false)); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// A recall has a family of its own, and a batch of 31 or a message without a sender
// is refused before anything is sent.
func TestRecallsBeforeTheyAreSent(t *testing.T) {
	s := &service{answer: replies(sample(t, "recalled.json"))}
	c, _ := newTest(t, s)
	for _, list := range [][]roaming.Sent{nil, sent(31), {{ID: 1}}, {{From: "bob"}}} {
		if _, err := c.Recall(t.Context(), alice("bob", roaming.Chat), list, false); fault.KindOf(err) != fault.Usage {
			t.Errorf("%v: %v", list, err)
		}
	}
	if len(s.asked(true)) > 0 {
		t.Error("something was sent")
	}
	if _, err := c.Recall(t.Context(), alice("bob", roaming.Chat), sent(1), false); err != nil {
		t.Fatal(err)
	}
	if stats := c.Limiter().Stats(); stats.Families[limiter.FamilyRecall] != 1 {
		t.Errorf("%+v", stats)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Recall(ctx, alice("bob", roaming.Chat), sent(1), false); !roaming.IsNotSent(err) {
		t.Error(err)
	}
}

// A dry run records one request a batch.
func TestRehearsedRecalls(t *testing.T) {
	r := &Recorder{}
	c, err := New(Options{Host: "http://x", AppKey: testAppKey, AppToken: "dry-run", Transport: r})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 30} {
		if err := recalled(c.Recall(t.Context(), alice("bob", roaming.Chat), sent(n), false)); err != nil {
			t.Error(err)
		}
	}
	if n := len(r.Requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}
