package render

import "testing"

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 users", 1: "1 user", 2: "2 users"} {
		if got := Count(n, "user"); got != want {
			t.Error(got)
		}
	}
	if got := CountOf(1, "entry is", "entries are") + CountOf(2, "entry is", "entries are"); got != "1 entry is2 entries are" {
		t.Error(got)
	}
}
