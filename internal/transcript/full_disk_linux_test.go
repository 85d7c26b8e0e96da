package transcript

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/fault"
)

// On a disk that becomes full at any point there is no transcript and nothing of it.
func TestFullDisk(t *testing.T) {
	dir := childtest.SmallDisk(t)
	t.Chdir(dir)
	for _, how := range []string{complete, redacted} {
		for _, free := range []int64{0, 50, 200, 350, 400, 450} { // kB
			if err := os.WriteFile("filler", make([]byte, (1<<10-free)<<10), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			if err := writeLong(how + " 0"); fault.KindOf(err) != fault.Config || !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("%s, %d kB free: %v", how, free, err)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("%s, %d kB free: %v, %v", how, free, entries, err)
			}
		}
		if err := os.Remove("filler"); err != nil {
			t.Fatal(err)
		}
		if err := writeLong(how + " 0"); err != nil {
			t.Errorf("%s, with room: %v", how, err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
			t.Fatal(err)
		}
	}
}
