package render_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestRemarks(t *testing.T) {
	reaction := func(text string, count any) any { return map[string]any{"reaction": text, "count": count} }
	for want, d := range map[string]roaming.Details{
		"":                                    {},
		"[edited]":                            {Edited: &roaming.Edit{}},
		"[edited by bob 2025]":                {Edited: &roaming.Edit{By: "bob", At: roaming.Millis(1763600000123)}},
		"[👍 2, 🎉, reaction]":                  {Reactions: []any{reaction("👍", json.Number("2")), reaction("🎉", "many"), 5}},
		"[thread plans]":                      {Thread: map[string]any{"thread_name": "plans"}},
		"[thread]":                            {Thread: map[string]any{"x": 1}},
		"[only to a, b, c, d, e, and 2 more]": {Recipients: []string{"a", "b", "c", "d", "e", "f", "g"}},
		"[edited] [👍 1]":                      {Edited: &roaming.Edit{}, Reactions: []any{reaction("👍", 1.0)}},
	} {
		year := func(at time.Time) string {
			if at.IsZero() {
				return ""
			}
			return at.Format("2006")
		}
		if got := render.Remarks(roaming.Message{Details: d}, year); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	long := render.Remarks(roaming.Message{Details: roaming.Details{Recipients: []string{strings.Repeat("x", 1e6)}}}, nil)
	if len(long) > 100 {
		t.Errorf("%d bytes", len(long))
	}
}

// A transcript has the remarks below the text, and they are made safe.
func TestTranscriptHasRemarks(t *testing.T) {
	m := roaming.Message{Kind: roaming.Text, From: "alice", Text: "hi", Timestamp: roaming.Millis(1763600000123), Details: roaming.Details{
		Edited: &roaming.Edit{By: "b\x1b[2Job", At: roaming.Millis(1763600000123)}, Recipients: []string{"carol"},
	}}
	got := list(t, options(render.Transcript), messageView(), 80, 6, m)
	if !strings.Contains(got, "hi\n") || !strings.Contains(got, "[edited by b") || !strings.Contains(got, "2025-11-20 08:53] [only to carol]") || strings.Contains(got, "\x1b[2J") {
		t.Errorf("%q", got)
	}
}
