package vendorclient

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// roamctl is the path of the binary under test.
var roamctl string

// build builds it, once.
var build = sync.OnceValue(func() error {
	cmd := exec.Command("go", "build", "-o", roamctl, "../../cmd/roamctl")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
})

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "roamctl-vendorclient")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		roamctl = filepath.Join(dir, "roamctl")
		return m.Run()
	}())
}

// modules is the folder that has node_modules with the vendor's client.
func modules() string {
	if dir := os.Getenv("ROAMCTL_VENDOR_MODULES"); dir != "" {
		return dir
	}
	return "."
}

// ifMissing returns what a test calls if something that it needs is not installed.
func ifMissing(t testing.TB) func(format string, args ...any) {
	t.Helper()
	if os.Getenv("ROAMCTL_REQUIRE_VENDOR_CLIENT") == "1" {
		return t.Fatalf
	}
	return t.Skipf
}

// need skips the test if there is no Node or no client, or fails it if
// ROAMCTL_REQUIRE_VENDOR_CLIENT=1. The test runs in parallel with others.
func need(t *testing.T) {
	t.Helper()
	t.Parallel()
	missing := ifMissing(t)
	if _, err := exec.LookPath("node"); err != nil {
		missing("the vendor's client needs Node: %v", err)
	}
	for _, name := range []string{"easemob-websdk", "agora-chat", "easemob-chat-uikit"} {
		if _, err := os.Stat(filepath.Join(modules(), "node_modules", name)); err != nil {
			missing("the vendor's client is not installed, run npm ci in internal/vendorclient: %v", err)
		}
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
}
