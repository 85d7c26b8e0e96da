package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
)

// options are those of a machine with an environment and a configuration file.
func options(t *testing.T, env map[string]string, file string) Options {
	t.Helper()
	home := t.TempDir()
	path := filepath.Join(home, "config.yaml")
	if file != "" {
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	getenv := func(name string) string {
		if name == "HOME" && env[name] == "" {
			return home
		}
		return env[name]
	}
	o := Options{Env: getenv, Now: time.Now, Redact: func(s string) string { return s }}
	o.IO, _, _, _ = iostreams.Test()
	var err error
	o.Config, err = config.Load(config.Options{Path: path, Env: getenv, Keyring: ring(config.ErrNoSecret)})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// ring is a keyring that answers with err.
func ring(err error) *config.Keyring {
	return &config.Keyring{Get: func(string, string) (string, error) { return "", err }}
}

func TestKeyring(t *testing.T) {
	const stored = "profiles: {default: {client_secret: '@keyring'}}"
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for _, tt := range []struct {
		name, file string
		env        map[string]string
		ring       *config.Keyring
		want       Verdict
		seen       string
	}{
		{"works", "", nil, ring(config.ErrNoSecret), OK, "answers"},
		{"none", "", nil, ring(errors.New("exec: dbus-launch not found")), OK, "no system keyring answers"},
		{"off", "", map[string]string{"ROAMCTL_KEYRING": "off"}, nil, Skipped, "env ROAMCTL_KEYRING"},
		{"none, and needed", stored, nil, ring(errors.New("locked")), Failed, "client_secret"},
		{"hangs", "", nil, &config.Keyring{Get: func(string, string) (string, error) { <-hang; return "", nil }}, Warning, "in time"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(t, tt.env, tt.file)
			path, _ := o.Config.Path()
			c, err := config.Load(config.Options{Path: path, Env: o.Env, Keyring: tt.ring})
			if err != nil {
				t.Fatal(err)
			}
			o.Config = c
			got := o.keyring(t.Context())[0]
			if got.Verdict != tt.want || !strings.Contains(got.Seen, tt.seen) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestTerminal(t *testing.T) {
	for _, tt := range []struct {
		tty    bool
		width  int
		locale map[string]string
		want   Verdict
		seen   string
	}{
		{false, 0, nil, OK, "not a terminal"},
		{true, 80, map[string]string{"LANG": "zh_CN.UTF-8"}, OK, "80 columns, no colour, LANG=zh_CN.UTF-8"},
		{true, 80, map[string]string{"LANG": "zh_CN.utf8@pinyin"}, OK, "80 columns"},
		{true, 80, map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, Warning, "LC_ALL=C: the locale is not UTF-8"},
		{true, 80, map[string]string{"LC_CTYPE": "zh_CN.GBK"}, Warning, "not UTF-8"},
		{true, 80, nil, Warning, "not UTF-8"},
		{true, 40, map[string]string{"LANG": "C.UTF-8"}, Warning, "40 columns"},
	} {
		o := options(t, tt.locale, "")
		_ = o.IO.SetColor("never")
		o.IO.SetTTY(tt.tty, tt.tty, tt.tty)
		o.IO.SetWidth(tt.width)
		if got := o.terminal(t.Context())[0]; got.Verdict != tt.want || !strings.Contains(got.Seen, tt.seen) {
			t.Errorf("%+v: %+v", tt, got)
		}
	}
}

func TestFolders(t *testing.T) {
	dir := t.TempDir()
	file, open, closed := filepath.Join(dir, "file"), filepath.Join(dir, "open"), filepath.Join(dir, "closed")
	for path, mode := range map[string]os.FileMode{open: 0o755, closed: 0o500} {
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path     string
		required bool
		want     Verdict
		seen     string
	}{
		{filepath.Join(dir, "a", "b"), true, OK, "does not exist yet, writable, has locks"},
		{open, true, Warning, "mode 0755"},
		{filepath.Join(file, "a"), true, Failed, "is a file"},
		{filepath.Join(file, "a"), false, Warning, "is a file"},
		{filepath.Join(closed, "a"), true, Failed, "cannot be written"},
	} {
		if tt.seen == "cannot be written" && os.Getuid() == 0 {
			continue // root can
		}
		got := folder{name: "folder", required: tt.required, private: true, path: tt.path}.check(t.Context())
		if got.Verdict != tt.want || !strings.Contains(got.Seen, tt.seen) {
			t.Errorf("%s: %+v", tt.path, got)
		}
	}
	if got := (folder{name: "folder", required: true, err: fault.New(fault.Config, "no home")}).check(t.Context()); got.Verdict != Failed {
		t.Errorf("no path: %+v", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got := (folder{name: "folder", path: dir}).bounded(ended, func() Check { select {} }); !strings.Contains(got.Seen, "did not answer") {
		t.Errorf("a file system that hangs: %+v", got)
	}
	left, err := os.ReadDir(dir)
	var names []string
	for _, entry := range left {
		names = append(names, entry.Name())
	}
	if diff := cmp.Diff([]string{"closed", "file", "open"}, names); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestConfiguration(t *testing.T) {
	const good = "current: prod\nprofiles: {prod: {host: a1.easemob.com, app_key: 'org#app', client_id: id, client_secret: hush-hush-4711}}"
	for _, tt := range []struct {
		name, file string
		env        map[string]string
		want       Verdict
		seen       string
	}{
		{"complete", good, nil, OK, "profile prod in "},
		{"a host with a password", good, map[string]string{"ROAMCTL_HOST": "me:hush-hush-4712@x"}, Failed, "host is malformed"},
		{"two malformed settings", good, map[string]string{"ROAMCTL_TIMEOUT": "hush", "ROAMCTL_APP_KEY": "hush"}, Failed, "timeout is malformed"},
		{"no such profile", good, map[string]string{"ROAMCTL_PROFILE": "test"}, Failed, "test"},
		{"an unknown setting", "profiles: {default: {hots: x}}", nil, Warning, "hots"},
	} {
		o := options(t, tt.env, tt.file)
		got := o.configuration(t.Context())[0]
		if got.Verdict != tt.want || !strings.Contains(got.Seen, tt.seen) {
			t.Errorf("%s: %+v", tt.name, got)
		}
		if strings.Contains(got.Seen+got.Fix, "hush") {
			t.Errorf("%s: the value is in %+v", tt.name, got)
		}
		if got.Verdict == Failed && got.Fix == "" {
			t.Errorf("%s: there is no fix", tt.name)
		}
		for _, s := range o.settings() {
			if strings.Contains(s.Value, "hush") {
				t.Errorf("%s: %+v", tt.name, s)
			}
		}
	}
	want := []Setting{
		{"host", "a1.easemob.com", "profile prod"},
		{"app_key", "org#app", "profile prod"},
		{"client_id", "id", "profile prod"},
		{"client_secret", "****", "profile prod"},
		{"timeout", "3s", "env ROAMCTL_TIMEOUT"},
	}
	o := options(t, map[string]string{"ROAMCTL_TIMEOUT": "3s"}, good)
	if diff := cmp.Diff(want, o.settings()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
