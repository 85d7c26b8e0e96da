package profile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

const (
	secret = "hush-hush-4711"
	two    = `current: prod
profiles:
  prod: {host: a1.easemob.com, app_key: 'org#app', client_id: id, client_secret: ` + secret + `, tz: UTC}
  test: {host: t.example}
`
)

func TestList(t *testing.T) {
	h := cmdtest.New(t)
	if out := h.OK("profile", "list", "-o", "json"); !strings.Contains(out, `"items": []`) {
		t.Errorf("got %s", out)
	}
	h.Run("profile", "list").Want(t, 0, "roamctl auth login")
	h.WriteConfig(two)
	for format, want := range map[string]string{
		"table":  "CURRENT  NAME  HOST            APP KEY  CLIENT ID\n*        prod  a1.easemob.com  org#app  id\n         test  t.example\n",
		"csv":    "current,name,host,app_key,client_id\n*,prod,a1.easemob.com,org#app,id\n,test,t.example,,\n",
		"ndjson": `{"name":"prod","current":true,"host":"a1.easemob.com","app_key":"org#app","client_id":"id"}` + "\n" + `{"name":"test","current":false,"host":"t.example","app_key":"","client_id":""}` + "\n",
	} {
		if diff := cmp.Diff(want, h.OK("profile", "list", "-o", format)); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
	h.Run("profile", "list", "-o", "yaml").Want(t, 0, "- name: prod\n")
}

func TestListSaysWhichIsInUse(t *testing.T) {
	h := cmdtest.New(t)
	h.WriteConfig(two)
	current := func(flags ...string) string {
		return strings.TrimSpace(h.OK(append([]string{"profile", "list", "-o", "ndjson", "--jq", "select(.current).name"}, flags...)...))
	}
	if got := current(); got != "prod" {
		t.Errorf("by the file: %s", got)
	}
	h.Env["ROAMCTL_PROFILE"] = "test"
	if got := current(); got != "test" {
		t.Errorf("by the environment: %s", got)
	}
	h.Run("profile", "list").Want(t, 0, "test is in use because of env ROAMCTL_PROFILE")
	h.Run("profile", "list", "--profile", "prod").Want(t, 0, "prod is in use because of flag --profile")
	h.Env["ROAMCTL_PROFILE"] = "gone"
	h.Run("profile", "list").Want(t, 0, "warning: profile gone, selected by env ROAMCTL_PROFILE, does not exist")
	h.Env["ROAMCTL_PROFILE"] = ""
	h.WriteConfig("profiles:\n  prod: {}\n")
	h.Run("profile", "list").Want(t, 0, "no profile is in use")
}

func TestUse(t *testing.T) {
	h := cmdtest.New(t)
	h.WriteConfig(two)
	h.Run("profile", "use", "tset").Want(t, 5, "did you mean test?")
	h.Run("profile", "use").Want(t, 2, "the name of one profile")
	h.Env["ROAMCTL_PROFILE"] = "prod"
	h.Run("profile", "use", "test").Want(t, 0, "test is the current one", "ROAMCTL_PROFILE in the environment still selects prod")
	delete(h.Env, "ROAMCTL_PROFILE")
	if out := h.OK("config", "get", "host"); out != "t.example\n" {
		t.Errorf("got %q", out)
	}
	h.Run("profile", "use", "prod", "-o", "ndjson").Want(t, 0, `{"profile":"prod","done":"used"}`)
}

func TestDanglingCurrentCanBeCorrected(t *testing.T) {
	h := cmdtest.New(t)
	h.WriteConfig("current: gone\nprofiles:\n  test: {host: t.example}\n")
	h.Run("profile", "show").Want(t, 5, `profile "gone" does not exist`)
	h.Run("profile", "list").Want(t, 0, "test")
	h.Run("profile", "use", "test").Want(t, 0)
	h.Run("profile", "show").Want(t, 0, "t.example")
}

func TestShow(t *testing.T) {
	h := cmdtest.New(t)
	h.WriteConfig(two)
	h.Env["ROAMCTL_HOST"] = "env.example"
	for format, want := range map[string]string{
		"table":  "Secrets    client_secret=file\n",
		"csv":    "prod,*," + h.ConfigFile() + ",a1.easemob.com,org#app,id,tz=UTC,client_secret=file\n",
		"ndjson": `"settings":{"app_key":"org#app","client_id":"id","host":"a1.easemob.com","tz":"UTC"},"secrets":{"client_secret":"file"}}`,
		"json":   `"current": true`,
		"yaml":   "name: prod\n",
	} {
		r := h.Run("profile", "show", "-o", format)
		r.Want(t, 0, want)
		if strings.Contains(r.Out, secret) || strings.Contains(r.Out, "env.example") {
			t.Errorf("%s shows too much: %s", format, r.Out)
		}
	}
	h.Run("profile", "show", "test").Want(t, 0, "t.example")
	h.Run("profile", "show", "--profile", "test").Want(t, 0, "t.example")
	h.Run("profile", "show", "prdo").Want(t, 5, "did you mean prod?")
	h.Run("profile", "show", "a", "b").Want(t, 2)
}

func TestRemove(t *testing.T) {
	h := cmdtest.New(t)
	h.WriteConfig(two)
	tokens := h.Write(".cache/roamctl/tokens-prod.json", "{}")
	h.Run("profile", "remove", "prod").Want(t, 10, "--yes")
	h.Type("no\n", "profile", "remove", "prod").Want(t, 10, "org#app at a1.easemob.com", "not confirmed")
	h.Run("profile", "remove", "prod", "--dry-run", "-o", "json").Want(t, 0, `"done": "planned"`, "its secrets")
	h.Run("profile", "remove", "prdo", "--yes").Want(t, 5, "did you mean prod?")
	if files := h.Files(); files[h.ConfigFile()] != two || files[tokens] == "" {
		t.Errorf("something was removed: %v", files)
	}
	h.Type("prod\n", "profile", "remove", "prod").Want(t, 0, "removed profile prod")
	h.Run("profile", "rm", "test", "--yes", "-o", "csv").Want(t, 0, "test,,removed")
	files := h.Files()
	if _, there := files[tokens]; there || strings.Contains(files[h.ConfigFile()], "prod") {
		t.Errorf("something stayed: %v", files)
	}
}

func TestRenameMovesTheSecret(t *testing.T) {
	h := cmdtest.NewWithKeyring(t)
	h.Pipe(secret, "config", "set", "client_secret", "--value-file", "-", "--profile", "prod").Want(t, 0)
	h.OK("profile", "use", "prod")
	h.Run("profile", "rename", "prod", "live").Want(t, 0, "renamed profile prod to live")
	h.Run("profile", "show").Want(t, 0, "live", "client_secret=keyring")
	h.OK("config", "set", "host", "a1.easemob.com")
	h.OK("config", "set", "app_key", "org#app")
	h.OK("config", "set", "client_id", "id")
	h.Run("auth", "token", "--user", "alice").Want(t, 0)
	h.Run("profile", "rename", "prod", "x").Want(t, 5)
	h.Run("profile", "rename", "live", "Not OK").Want(t, 2, "a-z")
	h.Run("profile", "rename", "live").Want(t, 2, "its new one")
	h.OK("config", "set", "tz", "UTC", "--profile", "other")
	h.Run("profile", "rename", "live", "other", "-o", "json").Want(t, 2, "already")
}

func TestCompletion(t *testing.T) {
	h := cmdtest.New(t)
	h.WriteConfig(two)
	for _, verb := range []string{"use", "show", "remove", "rename"} {
		if out := h.OK("__complete", "profile", verb, ""); !strings.HasPrefix(out, "prod\ntest\n") {
			t.Errorf("%s: %s", verb, out)
		}
		if out := h.OK("__complete", "profile", verb, "prod", ""); strings.Contains(out, "test") {
			t.Errorf("%s: %s", verb, out)
		}
	}
}
