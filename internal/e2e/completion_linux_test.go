package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox"
)

// hostile are texts that a shell or cobra's scripts could execute. Each then creates a
// file.
var hostile = []string{
	"`touch pwned`", "$(touch pwned)", "$(touch${IFS}pwned)", "';touch pwned;'", `";touch pwned;"`, ";touch pwned", "&touch pwned&",
	"|touch pwned", ">pwned", "<(touch pwned)", "(touch pwned)", "\ntouch pwned\n", "\t$(touch pwned)", ":$(touch pwned):4", "\n:0\n$(touch pwned)",
	"\x1b]0;pwned\a", "\u202epwned", "*", "{a,$(touch pwned)}", "~", "#", "%s", "\\", "!", "=ls", "-$(touch${IFS}pwned)=x",
}

// shellTerminal is an interactive shell on a pseudo-terminal.
type shellTerminal struct {
	*testing.T

	keys  io.WriteCloser
	shown chan []byte
	all   bytes.Buffer
	n     int
}

// openTerminal starts a shell in a folder; the test skips where there is none.
func openTerminal(t *testing.T, dir string, env []string, shell string) *shellTerminal {
	t.Helper()
	if _, err := exec.LookPath(strings.Fields(shell)[0]); err != nil {
		t.Skipf("%s is not installed", shell)
	}
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("no script command to make a terminal with")
	}
	cmd := exec.CommandContext(t.Context(), script, "-qec", "stty cols 200 rows 50; exec "+shell, os.DevNull)
	cmd.Dir, cmd.Env = dir, append(slices.Clip(env), "TERM=xterm", "PS1=$ ", "PWD="+dir)
	keys, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	term := &shellTerminal{T: t, keys: keys, shown: make(chan []byte, 1000)}
	go term.read(out)
	t.Cleanup(func() {
		_, _ = io.WriteString(keys, "\x15exit\r")
		for range term.shown { // until the shell has ended
		}
		_ = cmd.Wait()
	})
	return term
}

func (s *shellTerminal) read(out io.Reader) {
	defer close(s.shown)
	for {
		b := make([]byte, 4096)
		n, err := out.Read(b)
		if err != nil {
			return
		}
		if bytes.Contains(b[:n], []byte("\x1b[c")) { // fish asks what terminal this is
			_, _ = io.WriteString(s.keys, "\x1b[?1;2c")
		}
		s.shown <- b[:n]
	}
}

// press types keys and a command that shows that the shell is done with them.
func (s *shellTerminal) press(keys string) {
	s.Helper()
	s.n++
	want := fmt.Sprintf("done-%d-done", s.n)
	from := s.all.Len()
	s.write(keys + "\x15")
	s.write(fmt.Sprintf("echo done'-'%d-done\r", s.n))
	deadline := time.After(time.Minute)
	for !bytes.Contains(s.all.Bytes()[from:], []byte(want)) {
		select {
		case b, ok := <-s.shown:
			if !ok {
				s.Fatalf("the shell ended:\n%q", s.all.Bytes())
			}
			s.all.Write(b)
		case <-deadline:
			s.Fatalf("the shell did not answer to %q:\n%s", keys, s.all.Bytes())
		}
	}
}

func (s *shellTerminal) write(keys string) {
	if _, err := io.WriteString(s.keys, keys); err != nil {
		s.Fatal(err)
	}
}

// stage returns a folder where a sandbox has conversations with hostile IDs. The first
// roamctl in the PATH records its arguments, except for completions.
func stage(t *testing.T) (dir, noted string, env []string) {
	t.Helper()
	home, dir := t.TempDir(), t.TempDir()
	data := filepath.Join(home, "sandbox")
	box, err := sandbox.Open(t.Context(), sandbox.Options{Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i, text := range hostile {
		// A shell inserts the common prefix of two candidates as it is.
		ids = append(ids, fmt.Sprintf("h%02d%s1", i, text), fmt.Sprintf("h%02d%s2", i, text))
	}
	for _, id := range append(ids, "bob", "carol") {
		if _, err := box.SendText(t.Context(), "alice", id, "chat", "hello"); err != nil {
			t.Fatal(err)
		}
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	for i, text := range hostile {
		name := fmt.Sprintf("g%02d%s", i, strings.ReplaceAll(text, "/", ""))
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program, err := exec.LookPath("roamctl")
	if err != nil {
		t.Fatal(err)
	}
	noted = filepath.Join(home, "noted")
	wrapper := fmt.Sprintf("#!/bin/sh\ncase $1 in\n__complete*|completion) exec '%s' \"$@\" ;;\nesac\nprintf '<%%s>' \"$@\" >>'%s'\n", program, noted)
	if err := os.WriteFile(filepath.Join(home, "roamctl"), []byte(wrapper), 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(home, "config.yaml")
	if err := os.WriteFile(config, []byte("profiles:\n  work: {host: a1.easemob.com}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, noted, append(os.Environ(), "HOME="+home, "PATH="+home+":"+os.Getenv("PATH"), "ROAMCTL_KEYRING=off", "ROAMCTL_CONFIG="+config,
		"ROAMCTL_SANDBOX_DIR="+data, "ROAMCTL_SANDBOX_WEBSOCKET_URL=", "ROAMCTL_PROFILE=", "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "LC_ALL=C.UTF-8", "HISTFILE=")
}

func TestCompletionObeysNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many shells")
	}
	t.Parallel()
	const fetch = "roamctl messages fetch --sandbox -u alice "
	for shell, setup := range map[string]string{
		"bash --norc --noprofile -i": "source " + bashCompletion + "; source <(roamctl completion bash)",
		"zsh -f -i":                  "autoload -U compinit; compinit -u -D; source <(roamctl completion zsh)",
		"fish --no-config -i":        "roamctl completion fish | source",
	} {
		t.Run(strings.Fields(shell)[0], func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat(bashCompletion); err != nil && strings.HasPrefix(shell, "bash") {
				t.Skip("bash-completion is not installed: ", err)
			}
			dir, noted, env := stage(t)
			before := list(t, dir)
			term := openTerminal(t, dir, env, shell)
			term.press(setup + "\r")
			// Completions insert what can be typed.
			term.press(fetch + "-c bo\t\r")
			term.press("roamctl config list --profile wo\t\r")
			term.press("roamctl config list --profile=wo\t\r")
			term.press(fetch + "-c 'bob' --kin\t im\t\r")
			term.press("roamctl users inspect --sandbox bo\t\r")
			// They insert nothing that strangers named.
			term.press(fetch + "-c \t\t\t")
			ids, users, files, words := "", "", "", ""
			for i, text := range hostile {
				ids += fmt.Sprintf("-c h%02d\t ", i)
				users += fmt.Sprintf("-u h%02d\t ", i)
				// The shell completes file names, and quotes them.
				files += fmt.Sprintf("--config g%02d\t ", i)
				if strings.ContainsAny(text, "'\n\t\x1b\u202e!") {
					continue // can't be typed between single quotes
				}
				words += "-c 'h" + text + "' "
				term.press(fetch + "'-h" + text + "=\t'")
			}
			for _, line := range []string{ids, users, files, words, words + "--type=chat "} {
				term.press(fetch + line + "-o js\t")
			}
			// Nothing that is typed is executed before Enter.
			for _, typed := range []string{"-c h$(touch${IFS}pwned)", "-c h`touch${IFS}pwned`", "-c h(touch pwned)", "-c <(touch pwned)", ">pwned"} {
				term.press(fetch + typed + " -o js\t")
			}
			if after := list(t, dir); after != before {
				t.Errorf("the folder changed:\n%s\n%s", before, after)
			}
			if shown := term.all.String(); strings.Contains(shown, "\x1b]0;pwned") {
				t.Errorf("an escape of a stranger's reached the terminal")
			}
			want := "<messages><fetch><--sandbox><-u><alice><-c><bob>" + "<config><list><--profile><work>" + "<config><list><--profile=work>" +
				"<messages><fetch><--sandbox><-u><alice><-c><bob><--kind><img>" + "<users><inspect><--sandbox><bob>"
			if got, err := os.ReadFile(noted); err != nil || string(got) != want {
				t.Errorf("completed lines: %v\n got %s\nwant %s\n%s", err, got, want, term.all.Bytes())
			}
		})
	}
}

// bashCompletion is Debian's package that cobra's script for bash needs.
const bashCompletion = "/usr/share/bash-completion/bash_completion"

// list returns the names in a folder.
func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%q", entries)
}
