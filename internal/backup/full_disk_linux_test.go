package backup

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/fault"
)

func TestAFullTmpfs(t *testing.T) {
	dir := childtest.SmallDisk(t)
	err := overfill(t, dir)
	if fault.KindOf(err) != fault.Safety || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	leftNothing(t, dir)
}

// TestAFileSizeLimit works where nothing can be mounted: in a process of its
// own, no file may grow beyond 256 kB.
func TestAFileSizeLimit(t *testing.T) {
	if os.Getenv("BACKUP_TEST_LIMITED") != "" {
		limit := syscall.Rlimit{Cur: 256 << 10, Max: 256 << 10}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Skipf("limiting the size of files: %v", err)
		}
		err := overfill(t, ".")
		if fault.KindOf(err) != fault.Safety || !errors.Is(err, syscall.EFBIG) {
			t.Errorf("got %v", err)
		}
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestAFileSizeLimit$")
	cmd.Env = append(os.Environ(), "BACKUP_TEST_LIMITED=1")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	leftNothing(t, dir)
}
