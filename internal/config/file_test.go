package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

func contents(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestBadFiles(t *testing.T) {
	for text, say := range map[string]string{
		"a: b: c": "line 1",

		"current: x\nprofiles:\n  p:\n\thost: h\n": "line",

		"- a\n- b": "line 1",

		"profiles: 5": "line 1",

		"profiles:\n  p: text": "line 2",

		"profiles:\n  p:\n    host: [a]": "line 3: profiles.p.host",

		"profiles:\n  p:\n    host: a\n    host: b": "line 4",

		"profiles:\n  P: {host: a}": "line 2",

		"current: [a]": "line 1: current",

		"current: a\n---\ncurrent: b": "more than one",

		"current: ../../etc": "a-z",

		"\x00": "control characters",
	} {
		path := written(t, text)
		_, err := config.Load(config.Options{Path: path, Env: env()})
		kind := fault.Config
		if strings.HasPrefix(text, "current: ..") {
			kind = fault.Usage
		} else if err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v does not name the file", text, err)
		}
		problem(t, err, kind, say)
	}
}

func TestFileWarnings(t *testing.T) {
	path := written(t, "curent: p\nprofiles:\n  p:\n    hots: h\n    zzzzzzzz: 1\n    app_key: #app\n")
	all := strings.Join(load(t, config.Options{Path: path}).Warnings(), "\n")
	for _, want := range []string{
		path + ": line 1: unknown setting curent is ignored; did you mean current?",
		"line 4: unknown setting profiles.p.hots is ignored; did you mean host?",
		"line 5: unknown setting profiles.p.zzzzzzzz is ignored",
		"line 6: profiles.p.app_key is empty",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in\n%s", want, all)
		}
	}
	if w := load(t, config.Options{Path: written(t, full)}).Warnings(); len(w) != 0 {
		t.Errorf("warnings for a good file: %q", w)
	}
}

func TestAliasesAreReadAndNotChanged(t *testing.T) {
	path := written(t, "current: b\nprofiles:\n  a: &a\n    host: a.example\n  b: *a\n")
	o := config.Options{Path: path}
	if v := load(t, o).Value("host"); v.Text != "a.example" {
		t.Errorf("host of b is %q", v.Text)
	}
	if _, err := profiles(t, o).Set(t.Context(), "b", map[string]string{"host": "b.example"}); err != nil {
		t.Fatal(err)
	}
	o.Profile = "a"
	if v := load(t, o).Value("host"); v.Text != "a.example" {
		t.Errorf("setting b changed a to %q", v.Text)
	}
}

func TestAnchorsInUseAreNotRemoved(t *testing.T) {
	text := "profiles:\n  a: &a\n    host: a.example\n  b: *a\n"
	path := written(t, text)
	problem(t, profiles(t, config.Options{Path: path}).Remove(t.Context(), "a"), fault.Config, "anchor")
	if got := contents(t, path); got != text {
		t.Errorf("the file is now\n%s", got)
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no file modes")
	}
	o := config.Options{Path: filepath.Join(t.TempDir(), "made", "config.yaml"), Env: env("ROAMCTL_KEYRING", "off")}
	login(t, o)
	for path, want := range map[string]os.FileMode{o.Path: 0o600, filepath.Dir(o.Path): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
	if err := os.Chmod(o.Path, 0o640); err != nil {
		t.Fatal(err)
	}
	c := load(t, o)
	if w := strings.Join(c.Warnings(), "\n"); !strings.Contains(w, "chmod 600") {
		t.Errorf("no warning: %q", w)
	}
	_, err := c.Connection(t.Context())
	problem(t, err, fault.Config, "chmod 600 "+o.Path)
	if _, err := profiles(t, o).Set(t.Context(), "prod", map[string]string{"tz": "UTC"}); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, o).Connection(t.Context()); err != nil {
		t.Errorf("writing the file does not make it private again: %v", err)
	}
}

func TestSymbolicLinkStays(t *testing.T) {
	target := written(t, full)
	link := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.Symlink(target, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := profiles(t, config.Options{Path: link}).Use("other"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if !strings.Contains(contents(t, target), "current: other") {
		t.Error("the link's target did not change")
	}
}

// Many writers at once: every change is there, and every reader sees a whole file.
func TestConcurrentWriters(t *testing.T) {
	o := config.Options{Path: filepath.Join(t.TempDir(), "config.yaml"), Env: env("ROAMCTL_KEYRING", "off")}
	var wg sync.WaitGroup
	const writers, rounds = 8, 5
	for w := range writers {
		wg.Go(func() {
			for r := range rounds {
				p := profiles(t, o)
				if _, err := p.Set(t.Context(), fmt.Sprintf("p%d-%d", w, r), map[string]string{"host": "h.example", "client_secret": "x"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if list, err := profiles(t, o).List(); err != nil || len(list) != writers*rounds {
		t.Errorf("%d profiles, %v", len(list), err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(o.Path), ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestFolders(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems have other folders than Linux")
	}
	at := func(f func() (string, error)) string {
		dir, err := f()
		if err != nil {
			return err.Error()
		}
		return dir
	}
	f := config.Folders{Env: env("HOME", "/home/u", "XDG_CONFIG_HOME", "relative", "XDG_DATA_HOME", "/data")}
	got := []string{at(f.Config), at(f.State), at(f.Cache), at(f.Data)}
	want := []string{"/home/u/.config/roamctl", "/home/u/.local/state/roamctl", "/home/u/.cache/roamctl", "/data/roamctl"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if path, err := f.TokensFile("prod"); err != nil || path != "/home/u/.cache/roamctl/tokens-prod.json" {
		t.Errorf("tokens %q, %v", path, err)
	}
	_, err := f.TokensFile("../x")
	problem(t, err, fault.Usage, "../x")
	c := load(t, config.Options{Path: written(t, ""), Env: f.Env})
	if dir, err := c.SandboxDir(); err != nil || dir != "/data/roamctl/sandbox" {
		t.Errorf("sandbox %q, %v", dir, err)
	}
}
