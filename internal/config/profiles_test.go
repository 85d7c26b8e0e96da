package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

func TestEditsKeepCommentsAndOrder(t *testing.T) {
	path := written(t, `# our clusters
current: prod # careful
profiles:
  # the real one
  prod:
    timeout: 10s # slow link
    host: a1.easemob.com
    unknown_key: kept
  test: {host: t.example}
`)
	p := profiles(t, config.Options{Path: path})
	if _, err := p.Set(t.Context(), "prod", map[string]string{"host": "b.example", "client_id": "0123", "app_key": "org#app"}); err != nil {
		t.Fatal(err)
	}
	if err := p.Unset(t.Context(), "test", "host", "tz"); err != nil {
		t.Fatal(err)
	}
	want := `# our clusters
current: prod # careful
profiles:
  # the real one
  prod:
    timeout: 10s # slow link
    host: b.example
    unknown_key: kept
    app_key: org#app
    client_id: "0123"
  test: {}
`
	if diff := cmp.Diff(want, contents(t, path)); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyCommentsAreKept(t *testing.T) {
	path := written(t, "# nothing here yet\n")
	login(t, config.Options{Path: path})
	if text := contents(t, path); !strings.HasPrefix(text, "# nothing here yet\n") || !strings.Contains(text, "current: prod") {
		t.Errorf("got\n%s", text)
	}
}

func TestProfileOperations(t *testing.T) {
	o := config.Options{Path: filepath.Join(t.TempDir(), "new", "config.yaml")}
	p := profiles(t, o)
	if list, err := p.List(); err != nil || list == nil || len(list) != 0 {
		t.Errorf("list %v, %v", list, err)
	}
	login(t, o)
	change, err := p.Set(t.Context(), "other", map[string]string{"host": "o.example"})
	if err != nil || !change.Created || change.Current {
		t.Errorf("change %+v, %v", change, err)
	}
	if err := p.Use("other"); err != nil {
		t.Fatal(err)
	}
	if err := p.Rename(t.Context(), "other", "third"); err != nil {
		t.Fatal(err)
	}
	list, err := profiles(t, o).List()
	want := []config.Profile{
		{Name: "prod", Host: "h.example", AppKey: "org#app", ClientID: "id"},
		{Name: "third", Current: true, Host: "o.example"},
	}
	if diff := cmp.Diff(want, list); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if err := p.Remove(t.Context(), "third"); err != nil {
		t.Fatal(err)
	}
	if got := load(t, o).Profile(); got != config.DefaultProfile {
		t.Errorf("the removed profile leaves %q as the current one", got)
	}
}

func TestProfileOperationsRefuse(t *testing.T) {
	path := written(t, full)
	p := profiles(t, config.Options{Path: path})
	problem(t, p.Use("prdo"), fault.NotFound, "did you mean prod?")
	problem(t, p.Remove(t.Context(), "none"), fault.NotFound, "profile list")
	problem(t, p.Rename(t.Context(), "none", "x"), fault.NotFound)
	problem(t, p.Rename(t.Context(), "prod", "other"), fault.Usage, "already")
	problem(t, p.Rename(t.Context(), "prod", "Other"), fault.Usage, "a-z")
	problem(t, p.Unset(t.Context(), "prod", "hots"), fault.Usage, "did you mean host?")
	_, err := p.Set(t.Context(), "prod", map[string]string{"host": "ok.example", "retries": "99"})
	problem(t, err, fault.Usage, `retries cannot be "99"`, "0 to 20")
	_, err = p.Set(t.Context(), "a/b", map[string]string{"host": "h"})
	problem(t, err, fault.Usage, "a-z")
	if got := contents(t, path); got != full {
		t.Errorf("a refused change wrote\n%s", got)
	}
}

func BenchmarkLoad(b *testing.B) {
	path := filepath.Join(b.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(full), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c, err := config.Load(config.Options{Path: path, Env: env()})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Settings(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestOnlyALoginMakesAProfileCurrent(t *testing.T) {
	o := config.Options{Path: filepath.Join(t.TempDir(), "config.yaml")}
	if change, err := profiles(t, o).Set(t.Context(), "prod", map[string]string{"host": "h.example"}); err != nil || change.Current {
		t.Errorf("config set: %+v, %v", change, err)
	}
	c := load(t, o)
	if c.Profile() != config.DefaultProfile {
		t.Errorf("the profile is %s", c.Profile())
	}
	_, err := c.Connection(t.Context())
	problem(t, err, fault.Config, "no profile is selected", "prod")
	if change, err := profiles(t, o).Login(t.Context(), "test", nil); err != nil || !change.Current {
		t.Errorf("login: %+v, %v", change, err)
	}
	if change, err := profiles(t, o).Login(t.Context(), "prod", nil); err != nil || change.Current {
		t.Errorf("second login: %+v, %v", change, err)
	}
}

func TestTheListMarksTheProfileInUse(t *testing.T) {
	path := written(t, "current: prod\nprofiles:\n  prod: {}\n  other: {}\n  third: {}\n")
	for want, o := range map[string]config.Options{
		"prod":  {},
		"other": {Env: env("ROAMCTL_PROFILE", "other")},
		"third": {Env: env("ROAMCTL_PROFILE", "other"), Profile: "third"},
	} {
		o.Path = path
		list, err := profiles(t, o).List()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			if p.Current != (p.Name == want) {
				t.Errorf("%s is to be in use: %+v", want, p)
			}
		}
	}
}

func TestTheFileKeepsItsStyleWithoutProfiles(t *testing.T) {
	o := config.Options{Path: written(t, "# mine\nprofiles:\n  prod:\n    host: h.example\n")}
	if err := profiles(t, o).Remove(t.Context(), "prod"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"host", "app_key"} {
		value := map[string]string{"host": "i.example", "app_key": "o#a"}[key]
		if _, err := profiles(t, o).Set(t.Context(), "test", map[string]string{key: value}); err != nil {
			t.Fatal(err)
		}
		if key == "host" {
			if err := profiles(t, o).Unset(t.Context(), "test", "host"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := contents(t, o.Path), "# mine\nprofiles:\n  test:\n    app_key: o#a\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestContradiction(t *testing.T) {
	path := written(t, "profiles:\n  prod: {host: a1.example, app_key: 'o#prod'}\n  bare: {}\n")
	for name, tc := range map[string]struct {
		o    config.Options
		says string
	}{
		"another host":           {config.Options{Profile: "prod", Env: env("ROAMCTL_HOST", "http://127.0.0.1:1")}, "ROAMCTL_HOST"},
		"another App Key":        {config.Options{Profile: "prod", Env: env("ROAMCTL_APP_KEY", "o#test")}, "ROAMCTL_APP_KEY"},
		"the same":               {config.Options{Profile: "prod", Env: env("ROAMCTL_HOST", "https://A1.example/", "ROAMCTL_APP_KEY", "o#prod")}, ""},
		"nothing in the profile": {config.Options{Profile: "bare", Env: env("ROAMCTL_HOST", "b.example")}, ""},
		"both by the variable":   {config.Options{Env: env("ROAMCTL_PROFILE", "prod", "ROAMCTL_HOST", "b.example")}, ""},
		"a flag":                 {config.Options{Profile: "prod", Flags: flags(t, "--host", "c.example"), Env: env("ROAMCTL_HOST", "b.example")}, ""},
	} {
		tc.o.Path = path
		err := load(t, tc.o).Contradiction()
		if tc.says == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tc.says != "" {
			problem(t, err, fault.Safety, "prod", tc.says)
		}
	}
}

func TestErrorsNameWhereASettingComesFrom(t *testing.T) {
	path := written(t, "current: gone\nprofiles:\n  prod: {retries: many}\n")
	_, err := load(t, config.Options{Path: path, Profile: "prod"}).Settings()
	problem(t, err, fault.Config, "profile prod in "+path)
	problem(t, load(t, config.Options{Path: path}).CheckProfile(), fault.NotFound, "gone", "current in "+path)
	problem(t, load(t, config.Options{Path: path, Env: env("ROAMCTL_PROFILE", "nope")}).CheckProfile(), fault.NotFound, "env ROAMCTL_PROFILE")
}
