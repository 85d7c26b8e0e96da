package progress

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
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
	want := &fault.Error{Kind: fault.Usage, Message: `unknown progress mode "dots"`, Hint: "use one of auto, bars, lines, json, off"}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Error(diff)
	}
}

func TestModeWithoutATerminal(t *testing.T) {
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
		s, _, _, _ := iostreams.Test()
		if got := withDefaults(Options{Mode: tt.mode, Streams: s}).Mode; got != tt.piped {
			t.Errorf("%q without a terminal is %q, want %q", tt.mode, got, tt.piped)
		}
		s.SetTTY(true, true, true)
		if got := withDefaults(Options{Mode: tt.mode, Streams: s}).Mode; got != tt.terminal {
			t.Errorf("%q on a terminal is %q, want %q", tt.mode, got, tt.terminal)
		}
	}
}
