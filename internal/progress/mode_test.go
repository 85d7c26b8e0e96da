package progress

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestParseMode(t *testing.T) {
	for _, want := range Modes() {
		if got, err := ParseMode(string(want)); got != want || err != nil {
			t.Errorf("ParseMode(%q) = %q, %v", want, got, err)
		}
	}
	if got, err := ParseMode(""); got != Auto || err != nil {
		t.Errorf(`ParseMode("") = %q, %v`, got, err)
	}
	_, err := ParseMode("dots")
	want := &fault.Error{Kind: fault.Usage, Message: `there is no way "dots" to show progress`, Hint: "one of auto, bars, lines, json, off"}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Error(diff)
	}
}

func TestResolve(t *testing.T) {
	tests := []struct {
		mode            Mode
		terminal, piped Mode
	}{
		{Auto, Bars, Lines},
		{"", Bars, Lines},
		{Bars, Bars, Lines},
		{Lines, Lines, Lines},
		{JSON, JSON, JSON},
		{Off, Off, Off},
	}
	for _, tt := range tests {
		if got := resolve(tt.mode, true); got != tt.terminal {
			t.Errorf("%q on a terminal is %q, want %q", tt.mode, got, tt.terminal)
		}
		if got := resolve(tt.mode, false); got != tt.piped {
			t.Errorf("%q without one is %q, want %q", tt.mode, got, tt.piped)
		}
	}
}
