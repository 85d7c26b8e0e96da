package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/config"
)

// readmes are the files whose console blocks must work as printed.
var readmes = []string{"README.md", "docs/README.zh-CN.md"}

// TestReadmes runs every command of the console blocks, in order and in one
// home, on a terminal as wide as the README's, and compares what they print.
func TestReadmes(t *testing.T) {
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("no script command to make a terminal with")
	}
	for _, name := range append(guides(t), readmes...) {
		if !strings.Contains(readFile(t, name), "```console") {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			env, dir := readmeEnvironment(t), t.TempDir()
			blocks := consoleBlocks(t, name)
			if len(blocks) < 5 {
				t.Fatalf("%d console blocks, want at least 5", len(blocks))
			}
			for _, commands := range blocks {
				cmd := exec.CommandContext(t.Context(), script, "-qec", terminal(name)+"exec sh -eu "+shellFile(t, commands), os.DevNull)
				cmd.Env, cmd.Dir = env, dir
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v: %v\n%s", commands, err, out)
				}
				compareConsole(t, commands, strings.ReplaceAll(string(out), dir, deskFolder))
			}
		})
	}
}

// terminal sets the terminal's width: that of the READMEs' tables, and in guides one
// that is wide enough for the longest note, whose line breaks would depend on the length
// of the home's name.
func terminal(name string) string {
	if strings.HasPrefix(name, filepath.Join("docs", "guides")) {
		return "stty cols 250; "
	}
	return "stty cols 92; "
}

// guides returns the guides in all languages.
func guides(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "docs", "guides", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range paths {
		name, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// TestReadmeSettings checks that the table of settings is complete.
func TestReadmeSettings(t *testing.T) {
	for _, name := range readmes {
		text := readFile(t, name)
		for _, key := range config.Keys() {
			if !strings.Contains(text, "`"+key.Name+"`") {
				t.Errorf("%s does not name the setting %s", name, key.Name)
			}
		}
	}
}

// TestReadmeLinks checks the links to files, and that each guide links to itself in the
// other language.
func TestReadmeLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	for _, name := range append(guides(t), readmes...) {
		if english, isChinese := strings.CutSuffix(name, ".zh-CN.md"); strings.Contains(name, "guides") {
			other := strings.TrimSuffix(english, ".md") + ".zh-CN.md"
			if isChinese {
				other = english + ".md"
			}
			if !strings.Contains(readFile(t, name), "]("+filepath.Base(other)+")") {
				t.Errorf("%s has no link to %s", name, other)
			}
		}
		for _, m := range link.FindAllStringSubmatch(readFile(t, name), -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

const root = "../.."

// command is a line after a prompt, and what is printed below it.
type command struct{ line, output string }

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// consoleBlocks returns the commands of a file, block by block.
func consoleBlocks(t *testing.T, name string) [][]command {
	t.Helper()
	fence := regexp.MustCompile("(?s)```console\n(.*?)```")
	var blocks [][]command
	for _, m := range fence.FindAllStringSubmatch(readFile(t, name), -1) {
		var block []command
		for line := range strings.Lines(m[1]) {
			if after, ok := strings.CutPrefix(line, "$ "); ok {
				after = strings.Replace(after, "go run ./cmd/roamctl", "roamctl", 1)
				block = append(block, command{line: strings.TrimSpace(after)})
			} else if after, ok := strings.CutPrefix(line, "> "); ok && block[len(block)-1].output == "" {
				block[len(block)-1].line += "\n" + strings.TrimSpace(after)
			} else {
				block[len(block)-1].output += line
			}
		}
		blocks = append(blocks, block)
	}
	return blocks
}

// shellFile writes the commands with a mark before each one.
func shellFile(t *testing.T, commands []command) string {
	t.Helper()
	var b strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&b, "echo '%s'\n%s\n", mark, c.line)
	}
	path := filepath.Join(t.TempDir(), "commands.sh")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const mark = "== next =="

// readmeEnvironment returns an environment with an empty home, and a time zone where it
// is between nine and ten in the evening: the demo's dates are relative, and its days
// then begin where the README's do.
func readmeEnvironment(t *testing.T) []string {
	t.Helper()
	east := 21 - time.Now().UTC().Hour()
	if east > 14 {
		east -= 24
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ROAMCTL_") })
	env = append(env, "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "XDG_CACHE_HOME=", "XDG_STATE_HOME=",
		"ROAMCTL_KEYRING=off", fmt.Sprintf("ROAMCTL_TZ=Etc/GMT%+d", -east), "PAGER=cat", "NO_COLOR=1", "TERM=xterm")
	return env
}

func compareConsole(t *testing.T, commands []command, out string) {
	t.Helper()
	parts := strings.Split(strings.ReplaceAll(out, "\r\n", "\n"), mark+"\n")[1:]
	for i, c := range commands {
		want, got := stable(c.output), stable(parts[i])
		if strings.Contains(want, home) { // where its lines break depends on the home's name
			want, got = strings.Join(strings.Fields(want), "\n"), strings.Join(strings.Fields(got), "\n")
		}
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("$ %s\n(-README +now):\n%s", c.line, diff)
		}
	}
}

// deskFolder is where the READMEs' and guides' commands run, as they print it.
const deskFolder = "/home/you/desk"

const home = "~/.local/"

// unstable matches what differs from run to run. Every other number is compared.
var unstable = regexp.MustCompile(strings.Join([]string{
	`[0-9a-f]{64}`,            // digests
	`\d{8}T\d{6}-[0-9a-f]{6}`, // runs
	`\b\d{19}\b`,              // message IDs
	`\b\d{13}\b`,              // Unix milliseconds
	`%2C\d+`,                  // message IDs in a URL
	`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)`,
	`\d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d`,
	`\d\d-\d\d \d\d:\d\d`, `\b\d\d:\d\d\b`, // in tables
	`\[[a-z_]+-[a-z0-9]{8}\]`,   // pseudonyms of a redaction
	`\d{4}-\d\d-\d\d \w+day ─*`, // in transcripts
	`sandbox-[a-z0-9]{8}`,
	`\S*/\.local/`,
}, "|"))

// stable replaces what is unstable by something of the same width.
func stable(text string) string {
	return unstable.ReplaceAllStringFunc(text, func(s string) string {
		switch {
		case strings.HasSuffix(s, "/.local/"):
			return home
		case strings.HasSuffix(s, "─"):
			return "…"
		case strings.Contains(s, "T") && strings.Contains(s, ":"): // the zone may be UTC or another
			return "0000-00-00T00:00:00.000Z"
		default:
			return strings.Repeat("0", len(s))
		}
	})
}
