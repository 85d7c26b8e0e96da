package easemob

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestCheckHistoryFiles(t *testing.T) {
	s := &service{}
	c, _ := newTest(t, s, inBeijing)
	s.answer = replies(sample(t, "history_files.json"))
	if err := c.CheckHistoryFiles(t.Context(), hour); err != nil {
		t.Error(err)
	}
	got := s.asked(false)
	if len(got) != 1 || got[0].Method != http.MethodGet || got[0].Path != "/org/app/chatmessages/2025112017" {
		t.Errorf("asked %v", got)
	}
	c, _ = newTest(t, s)
	if err := c.CheckHistoryFiles(t.Context(), hour); fault.KindOf(err) != fault.Config {
		t.Errorf("an unknown zone: %v", err)
	}
}

func TestCheckSearch(t *testing.T) {
	s := &service{}
	c, _ := newTest(t, s)
	s.answer = replies(sample(t, "search.json"))
	if err := c.CheckSearch(t.Context(), "alice"); err != nil {
		t.Error(err)
	}
	want := request{"POST", "/org/app/users/alice/messages/search/get", "", "app", `{"data":{"keyword":"roamctl","conversationType":"chat","page":1,"size":1}}`}
	got := s.asked(false)[0]
	got.Auth = who(got.Auth)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s.answer = replies(`{"meta":{}}`)
	if err := c.CheckSearch(t.Context(), "alice"); err == nil || errors.Is(err, roaming.ErrNoMessages) {
		t.Errorf("an answer without data: %v", err)
	}
}
