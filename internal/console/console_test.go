package console

import (
	"testing"

	"github.com/roamctl/roamctl/internal/iostreams"
)

func TestWarnUnsyncedWarnsOnce(t *testing.T) {
	streams, _, _, errOut := iostreams.Test()
	c := New(streams)
	asked := map[string]int{}
	for range 2 {
		for _, dir := range []string{"/good", "/odd", "/odder"} {
			c.warnUnsynced(dir, func(dir string) bool {
				asked[dir]++
				return dir == "/good"
			})
		}
	}
	const want = "warning: /odd is on a file system that can't sync folders: a power failure may take the newest files there\n"
	if errOut.String() != want {
		t.Errorf("got %q", errOut)
	}
	for dir, n := range asked {
		if n != 1 {
			t.Errorf("%s was asked %d times", dir, n)
		}
	}
}
