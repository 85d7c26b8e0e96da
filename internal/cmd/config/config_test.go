package config_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/config"
)

const secret = "hush-hush-4711"

func TestListShowsPrecedence(t *testing.T) {
	h := cmdtest.New(t)
	h.WriteConfig(`current: prod
profiles:
  prod: {host: file.example, tz: UTC, timeout: 7s, client_secret: ` + secret + `}
`)
	h.Env["ROAMCTL_TZ"] = "Asia/Shanghai"
	h.Env["ROAMCTL_TIMEOUT"] = "8s"
	out := h.OK("config", "list", "--timeout", "9s", "-o", "json")
	var got struct {
		Items []struct{ Key, Value, Source string }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, i := range got.Items {
		values[i.Key] = i.Value + " < " + i.Source
	}
	if len(values) != len(config.Keys()) {
		t.Errorf("%d settings, want %d", len(values), len(config.Keys()))
	}
	for key, want := range map[string]string{
		"timeout": "9s < flag --timeout", "tz": "Asia/Shanghai < env ROAMCTL_TZ", "host": "file.example < profile prod",
		"retries": "4 < default", "app_key": " < unset", "client_secret": "**** < profile prod",
	} {
		if values[key] != want {
			t.Errorf("%s: %q, want %q", key, values[key], want)
		}
	}
	if strings.Contains(out, secret) {
		t.Error("the secret is shown")
	}
}

func TestFormats(t *testing.T) {
	h := cmdtest.New(t)
	h.OK("config", "set", "tz", "UTC")
	for _, c := range []struct {
		args []string
		want map[string]string
	}{
		{[]string{"config", "get", "tz"}, map[string]string{
			"table": "UTC\n", "ndjson": `{"key":"tz","value":"UTC","source":"profile default",`,
			"yaml": "key: tz\nvalue: UTC\nsource: profile default\n", "csv": "key,value,source,env,accepts,description\ntz,UTC,profile default,ROAMCTL_TZ,",
		}},
		{[]string{"config", "path"}, map[string]string{
			"table": h.ConfigFile() + "\n", "ndjson": `{"path":"` + h.ConfigFile() + `","exists":true}`,
			"json": "\"exists\": true\n}\n", "csv": "path,exists\n" + h.ConfigFile() + ",true\n", "yaml": "exists: true\n",
		}},
		{[]string{"config", "set", "retries", "3"}, map[string]string{
			"table": "", "ndjson": `{"key":"retries","profile":"default","changed":true,"kept_in":"file","file":"` + h.ConfigFile() + `"}`,
			"csv": "retries,default,true,file,", "yaml": "kept_in: file\n", "json": `"kept_in": "file"`,
		}},
		{[]string{"config", "unset", "retries"}, map[string]string{
			"table": "", "ndjson": `{"key":"retries","profile":"default","changed":false,`, "csv": "retries,default,", "yaml": "key: retries\n", "json": `"key": "retries"`,
		}},
		{[]string{"config", "list"}, map[string]string{
			"table": "KEY ", "ndjson": `{"key":"host","value":"","source":"unset",`, "csv": "key,value,source,", "yaml": "items:\n", "json": `"next_cursor": ""`,
		}},
	} {
		for _, format := range []string{"table", "yaml", "csv", "json", "ndjson"} {
			want, known := c.want[format]
			if out := h.OK(append(c.args, "-o", format)...); known && !strings.Contains(out, want) || format == "table" && want == "" && out != "" {
				t.Errorf("%v -o %s: got\n%swant\n%s", c.args, format, out, want)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	h := cmdtest.New(t)
	h.Run("config", "get", "hots").Want(t, 2, `unknown setting "hots"`, "did you mean host?")
	h.Run("config", "set", "hots", "x").Want(t, 2, "did you mean host?")
	h.Run("config", "unset", "hots").Want(t, 2, "did you mean host?")
	h.Run("config", "get", "host").Want(t, 3, "host is not set")
	h.Run("config", "get", "app_token").Want(t, 2, "app_token is a secret")
	h.Run("config", "get").Want(t, 2, "one setting's name")
	h.Run("config", "set", "output", "xml").Want(t, 2, "table, json")
	h.Run("config", "set", "tz", "").Want(t, 2, "config unset tz")
	h.Run("config", "set", "tz").Want(t, 2, "--value-file")
	h.Run("config", "set", "tz", "UTC", "--value-file", "-").Want(t, 2, "not both")
	h.Run("config", "set", "tz", "UTC", "--columns", "nope").Want(t, 2, `unknown column "nope"`)
	h.Run("config", "unset", "tz", "--profile", "none").Want(t, 5, `profile "none" does not exist`)
	h.Run("config", "lits").Want(t, 2, "did you mean list?")
	if files := h.Files(); len(files) != 0 {
		t.Errorf("refused commands wrote %v", files)
	}
}

func TestSecretsGoToTheKeyring(t *testing.T) {
	h := cmdtest.NewWithKeyring(t)
	h.Run("config", "set", "client_secret", secret).Want(t, 2, "must not be an argument", "--value-file")
	if len(h.Files()) != 0 {
		t.Error("a refused secret was written")
	}
	results := []cmdtest.Result{
		h.Pipe(secret+"\n", "config", "set", "client_secret", "--value-file", "-"),
		h.Run("config", "set", "app_token", "--value-file", h.Write("token", secret), "-o", "json"),
		h.Run("config", "list"),
		h.Run("config", "list", "-o", "json"),
		h.Run("config", "unset", "app_token"),
		h.Type(secret+"\n", "config", "set", "app_token"),
	}
	results[0].Want(t, 0, "set client_secret, in the system keyring")
	results[1].Want(t, 0, `"kept_in": "keyring"`)
	results[2].Want(t, 0, "****", "keyring")
	results[5].Want(t, 0, "app_token (not shown): ")
	for i, r := range results {
		if r.Code != 0 || strings.Contains(r.Out+r.Err, secret) {
			t.Errorf("%d: exit %d, or it shows the secret:\n%s%s", i, r.Code, r.Out, r.Err)
		}
	}
	b, err := os.ReadFile(h.ConfigFile())
	if err != nil || strings.Contains(string(b), secret) {
		t.Errorf("%v, or the file holds the secret:\n%s", err, b)
	}
}

func TestSetAndUnset(t *testing.T) {
	h := cmdtest.New(t)
	h.Run("config", "set", "tz", "UTC").Want(t, 0, "profile default: set tz, in "+h.ConfigFile())
	h.Pipe("7\n", "config", "set", "retries", "--value-file", "-").Want(t, 0)
	h.Type("always\n", "config", "set", "color").Want(t, 0, "auto, always or never: ")
	h.Run("config", "set", "host", "A.example", "--profile", "other").Want(t, 0, "profile other is new")
	h.Run("config", "unset", "tz").Want(t, 0, "removed tz")
	h.Run("config", "unset", "tz").Want(t, 0, "has no tz")
	h.Env["ROAMCTL_RETRIES"] = "2"
	h.Run("config", "set", "retries", "5").Want(t, 0, "ROAMCTL_RETRIES in the environment still overrides")
	want := `profiles:
  default:
    retries: "5"
    color: always
  other:
    host: a.example
`
	if diff := cmp.Diff(want, h.Files()[h.ConfigFile()]); diff != "" {
		t.Error(diff)
	}
}

func TestWrongValuesCanBeCorrected(t *testing.T) {
	h := cmdtest.New(t)
	h.WriteConfig("profiles:\n  default: {retries: many, tz: Moon, output: xml}\n")
	h.Run("config", "list").Want(t, 0, "warning: ", "many", "Moon")
	h.Run("config", "get", "retries").Want(t, 0, "many")
	h.Run("config", "set", "retries", "3").Want(t, 0, "set retries")
	h.Run("config", "unset", "tz").Want(t, 0, "removed tz")
	h.Run("config", "set", "output", "json").Want(t, 0)
	if r := h.Run("config", "get", "retries"); r.Code != 0 || r.Err != "" {
		t.Errorf("it is not mended: %+v", r)
	}
}

func TestBrokenFile(t *testing.T) {
	h := cmdtest.New(t)
	h.WriteConfig("profiles:\n  default: {client_secret: '" + secret + "\n")
	r := h.Run("config", "path")
	r.Want(t, 0, h.ConfigFile(), "warning: ")
	if r.Out != h.ConfigFile()+"\n" {
		t.Errorf("got %q", r.Out)
	}
	for _, args := range [][]string{{"config", "set", "tz", "UTC"}, {"config", "list"}, {"profile", "list"}, {"auth", "status"}} {
		r := h.Run(args...)
		r.Want(t, 3, h.ConfigFile(), "line ", "correct the file in an editor")
		if strings.Contains(r.Err, secret) {
			t.Errorf("%v shows the secret: %s", args, r.Err)
		}
	}
}

func TestPathOfNamedFile(t *testing.T) {
	h := cmdtest.New(t)
	h.Env["ROAMCTL_CONFIG"] = "/env.yaml"
	h.Run("config", "path").Want(t, 0, "/env.yaml")
	if out := h.OK("config", "path", "--config", "/flag.yaml", "-o", "json", "--jq", ".path,.exists"); out != "/flag.yaml\nfalse\n" {
		t.Errorf("got %q", out)
	}
	delete(h.Env, "ROAMCTL_CONFIG")
	delete(h.Env, "HOME")
	h.Run("config", "path").Want(t, 3, "HOME")
}

func TestCompletion(t *testing.T) {
	h := cmdtest.New(t)
	if out := h.OK("__complete", "config", "get", ""); !strings.Contains(out, "host\tREST host") {
		t.Errorf("no keys: %s", out)
	}
	for _, key := range config.Keys() {
		out := h.OK("__complete", "config", "set", key.Name, "")
		for word := range strings.Lines(out) {
			if word = strings.TrimSpace(word); strings.HasPrefix(word, ":") {
				continue
			}
			if _, err := key.Check(word); err != nil {
				t.Errorf("%s does not take %q: %v", key.Name, word, err)
			}
		}
		if fixed := key.Name == "limits" || key.Name == "output"; fixed && strings.Count(out, "\n") < 3 {
			t.Errorf("no words for %s: %s", key.Name, out)
		}
	}
}
