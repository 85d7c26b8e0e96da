package vendorclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// task is a page to open: what page.cjs takes.
type task struct {
	URL        string `json:"url"`
	Scheme     string `json:"scheme"` // light or dark
	Width      int    `json:"width"`  // of the window; 0 for 1100
	Check      bool   `json:"check"`  // by keyboard and axe-core
	Long       bool   `json:"long"`   // axe-core gets the first message of most sections
	Screenshot string `json:"screenshot"`
	PDF        string `json:"pdf"` // prints to this file
}

// opened is what page.cjs prints of a page.
type opened struct {
	Milliseconds float64
	CPU          float64 // seconds of the page's main thread until then
	Overflow     int     // pixels by which the page is wider than the window
	Console      []string
	Requests     []string
	Complaints   []string
	Focused      []string // the elements that Tab reaches, the first four
	Layouts      int      // that this took
	Counting     int      // elements of messages with a CSS counter
	KeyboardMS   float64
	AxeMS        float64
}

// openPages opens pages in one Chromium. Screenshots go to ROAMCTL_SCREENSHOTS, a
// folder, if that is set.
func openPages(t testing.TB, tasks ...task) (pages []opened) {
	t.Helper()
	missing := ifMissing(t)
	if _, err := exec.LookPath("node"); err != nil {
		missing("the browser is driven by Node, which is not installed: %v", err)
	}
	for _, name := range []string{"playwright-core", "axe-core"} {
		if _, err := os.Stat(filepath.Join(modules(), "node_modules", name)); err != nil {
			missing("not installed, run npm ci in internal/vendorclient: %v", err)
		}
	}
	if dir := os.Getenv("ROAMCTL_SCREENSHOTS"); dir != "" {
		for i := range tasks {
			name := fmt.Sprintf("%s-%d-%s.png", strings.ReplaceAll(t.Name(), "/", "-"), i, tasks[i].Scheme)
			tasks[i].Screenshot = filepath.Join(dir, name)
		}
	}
	input, err := json.Marshal(tasks)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "page.cjs", modules(), string(input))
	cmd.Env = append(os.Environ(), "VENDOR_CHROMIUM="+chromium(t))
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &pages)
	}
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Logf("%s", exit.Stderr)
		}
		t.Fatal(err)
	}
	return pages
}
