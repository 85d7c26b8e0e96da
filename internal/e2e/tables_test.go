package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// TestTablesFitTheTerminal holds every list against terminals of three widths,
// with a long name, Chinese text and emoji in them.
func TestTablesFitTheTerminal(t *testing.T) {
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("no script command to make a terminal with")
	}
	t.Parallel()
	env, dir := readmeEnvironment(t), t.TempDir()
	shell := func(width int, line string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), script, "-qec", fmt.Sprintf("stty cols %d; %s", width, line), os.DevNull)
		cmd.Env, cmd.Dir = env, dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return strings.ReplaceAll(string(out), "\r\n", "\n")
	}
	shell(80, `set -e
		long=$(printf 'u%063d' 7)
		roamctl sandbox send --sandbox --quiet --from $long --to bob '很长很长的消息需要被截断才能放进终端窗口里面去 👩‍👩‍👧‍👦 and more'
		roamctl messages delete -u alice -c mallory --before 1d --yes --reason '因为他发了很多垃圾消息 🎉🎉 and more' --sandbox
		roamctl conversations delete -u $long bob --delete-messages --yes --sandbox
		roamctl messages clear -u carol -u dave --yes --sandbox
		roamctl messages clear -u bob --plan plan.json --sandbox`)
	for _, width := range []int{60, 80, 200} {
		for _, command := range []string{
			"audit list --quiet", "audit list --entries --quiet", "backup list --quiet", "backup verify $(ls ~/.local/state/roamctl/backups)",
			"conversations list -u bob --quiet --sandbox", "conversations list --all-users --quiet --sandbox",
			"messages fetch -u bob -c alice --quiet --sandbox", "messages fetch --all-users --quiet --sandbox",
			"plan show plan.json --columns user,conversation,id,time,from,kind,words --no-header --quiet",
			"profile list --quiet", "restore $(ls ~/.local/state/roamctl/backups | head -n 1) --quiet --sandbox 2>/dev/null",
			"runs list --quiet", "users list --quiet --sandbox", "users inspect bob --quiet --sandbox",
		} {
			out := shell(width, "roamctl "+command)
			if strings.Count(out, "\n") == 0 {
				t.Errorf("%s prints nothing", command)
			}
			for line := range strings.Lines(out) {
				if n := ansi.StringWidth(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("%s: %d columns on a terminal of %d: %s", command, n, width, line)
				}
			}
		}
	}
}
