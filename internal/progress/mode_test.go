package progress

import (
	"testing"

	"github.com/roamctl/roamctl/internal/iostreams"
)

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
