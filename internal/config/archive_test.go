package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

func TestArchivePlace(t *testing.T) {
	home := t.TempDir()
	profile := func(text string) string {
		return written(t, "current: p\nprofiles:\n  p:\n    app_key: org#app\n"+text)
	}
	flag := func(value string) *pflag.FlagSet {
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.String("archive", "", "")
		if err := f.Set("archive", value); err != nil {
			t.Fatal(err)
		}
		return f
	}
	archives := filepath.Join(home, "roamctl", "archives")
	own := profile("    archive: kept/app.db\n")
	for name, tt := range map[string]struct {
		path    string
		flags   *pflag.FlagSet
		env     string
		sandbox bool
		want    string
	}{
		"of the App Key":                   {profile(""), nil, "", false, filepath.Join(archives, "org#app.db")},
		"of the profile, beside its file":  {own, nil, "", false, filepath.Join(filepath.Dir(own), "kept", "app.db")},
		"the sandbox's":                    {own, nil, "", true, filepath.Join(archives, "sandbox.db")},
		"of the environment":               {own, nil, "/a/b.db", true, "/a/b.db"},
		"of the flag":                      {own, flag("clickhouse://h:8123/db"), "/a/b.db", true, "clickhouse://h:8123/db"},
		"of a server, without credentials": {profile("    archive: clickhouse://h/db\n"), nil, "", false, "clickhouse://h/db"},
	} {
		env := map[string]string{"HOME": home, "XDG_DATA_HOME": home, "ROAMCTL_ARCHIVE": tt.env}
		c := load(t, config.Options{Path: tt.path, Flags: tt.flags, Env: func(name string) string { return env[name] }})
		if got, err := c.Archive(tt.sandbox); err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
		}
		if got, isOf := c.AppOfArchive(tt.want), name == "of the App Key"; (got != "") != isOf || isOf && got != "org#app" {
			t.Errorf("%s: the app of the archive is %q", name, got)
		}
	}
	env := map[string]string{"HOME": home, "ROAMCTL_ARCHIVE": "clickhouse://u:secret@h/db"}
	c := load(t, config.Options{Path: own, Env: func(name string) string { return env[name] }})
	_, err := c.Archive(false)
	if fault.KindOf(err) != fault.Config || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	for _, v := range c.Values() {
		if strings.Contains(v.Text, "secret") {
			t.Error(v)
		}
	}
	env = map[string]string{"HOME": home}
	c = load(t, config.Options{Path: filepath.Join(home, "none"), Env: func(name string) string { return env[name] }})
	if _, err := c.Archive(false); fault.KindOf(err) != fault.Config {
		t.Error(err)
	}
}
