// Package cmdtest runs commands as a user would, for tests: each in a home of
// its own, with an environment of its own and a keyring in memory or none.
package cmdtest

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing" //nolint:depguard // this package is for tests alone

	"github.com/zalando/go-keyring" //nolint:depguard // to put one in memory in the system's place

	"github.com/roamctl/roamctl/internal/cli" //nolint:depguard // commands are run by the root that users have
	"github.com/roamctl/roamctl/internal/iostreams"
)

// Home is an empty home folder and the environment of the commands in it.
type Home struct {
	Env map[string]string
	t   *testing.T
}

// Result is what a command left behind.
type Result struct {
	Out, Err string
	Code     int
}

// New makes a home where no system keyring answers.
func New(t *testing.T) *Home {
	t.Helper()
	keyring.MockInitWithError(keyring.ErrUnsupportedPlatform)
	return &Home{Env: map[string]string{"HOME": t.TempDir()}, t: t}
}

// Another makes an empty home with the same environment, for a test that runs
// beside others: the keyring, which they share, stays as it is.
func (h *Home) Another(t *testing.T) *Home {
	t.Helper()
	env := maps.Clone(h.Env)
	env["HOME"] = t.TempDir()
	return &Home{Env: env, t: t}
}

// NewWithKeyring makes a home with a keyring that is empty.
func NewWithKeyring(t *testing.T) *Home {
	t.Helper()
	h := New(t)
	keyring.MockInit()
	return h
}

// Run runs a command away from a terminal.
func (h *Home) Run(args ...string) Result { return h.run("", false, args) }

// Pipe is Run with standard input.
func (h *Home) Pipe(input string, args ...string) Result { return h.run(input, false, args) }

// Type is Run on a terminal where a person types input.
func (h *Home) Type(input string, args ...string) Result { return h.run(input, true, args) }

func (h *Home) run(input string, tty bool, args []string) Result {
	h.t.Helper()
	io, in, out, errOut := iostreams.Test()
	in.WriteString(input)
	io.SetTTY(tty, false, tty)
	env := maps.Clone(h.Env)
	code := cli.Run(h.t.Context(), args, func(name string) string { return env[name] }, io, "test")
	return Result{Out: out.String(), Err: errOut.String(), Code: code}
}

// OK is Run that must succeed, and its standard output.
func (h *Home) OK(args ...string) string {
	h.t.Helper()
	r := h.Run(args...)
	if r.Code != 0 {
		h.t.Fatalf("roamctl %s: exit %d\n%s", strings.Join(args, " "), r.Code, r.Err)
	}
	return r.Out
}

// ConfigFile is the path of the configuration file.
func (h *Home) ConfigFile() string {
	return filepath.Join(h.Env["HOME"], ".config", "roamctl", "config.yaml")
}

// Write makes a file in the home and gives its path.
func (h *Home) Write(name, content string) string {
	h.t.Helper()
	path := filepath.Join(h.Env["HOME"], name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// WriteConfig makes the configuration file.
func (h *Home) WriteConfig(content string) {
	h.t.Helper()
	h.Write(filepath.Join(".config", "roamctl", "config.yaml"), content)
}

// Files is the content of every file in the home, by path.
func (h *Home) Files() map[string]string {
	h.t.Helper()
	files, home := map[string]string{}, os.DirFS(h.Env["HOME"])
	err := fs.WalkDir(home, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(home, path)
		files[filepath.Join(h.Env["HOME"], path)] = string(content)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return files
}

// Want fails the test unless the command ended with code, and wrote every one
// of the texts to standard output or error.
func (r Result) Want(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.Code != code {
		t.Errorf("exit code %d, want %d\n%s%s", r.Code, code, r.Out, r.Err)
	}
	for _, text := range texts {
		if !strings.Contains(r.Out+r.Err, text) {
			t.Errorf("%q is missing in\n%s%s", text, r.Out, r.Err)
		}
	}
}
