package render

import (
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// TestYAML11ReadsStrings: what YAML 1.1 has other words or numbers for is
// quoted, as a value, as a key and in a list.
func TestYAML11ReadsStrings(t *testing.T) {
	view := View[map[string]any]{}
	for _, s := range []string{
		"", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF",
		"true", "True", "TRUE", "false", "FALSE", "1", "-1", "+1", "1_000", "1,000", "0b10", "0o7", "07", "0x1F", "0x_1f", "12:30", "190:20:30", "-12:30:45",
		"1.5", "1e3", "1_0.5", ".5", "-.5", ".inf", "-.INF", "+.inf", ".nan", ".NaN", "190:20:30.15", "685.230_15e+03",
		"2026-06-01", "2026-6-1", "2026-06-01 08:00:00", "2001-12-14t21:59:43.10-05:00", "<<", "=", "18446744073709551616",
	} {
		for _, value := range []map[string]any{{"k": s}, {s: "v"}, {"k": []string{s}}} {
			io, _, out, _ := iostreams.Test()
			if err := One(io, Options{Format: YAML}, view, value); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), `"`+s+`"`) {
				t.Errorf("%q is not quoted:\n%s", s, out)
			}
		}
	}
	io, _, out, _ := iostreams.Test()
	if err := One(io, Options{Format: YAML}, view, map[string]any{"word": "yesterday", "name": "王小明", "path": "/tmp/x"}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), `"`) {
		t.Errorf("plain words are quoted:\n%s", out)
	}
}
