package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWrapLeavesLongWordsWhole(t *testing.T) {
	for text, want := range map[string][]string{
		"one two three":                    {"one two", "three"},
		"see /a/path/that/is/too/long now": {"see /a/path/that/is/too/long now"},
		"short":                            {"short"},
	} {
		if diff := cmp.Diff(want, Wrap(text, 9)); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
	if diff := cmp.Diff([]string{"one two"}, Wrap("one two", 0)); diff != "" {
		t.Error(diff)
	}
}
