package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

// env makes a lookup of pairs.
func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

// written puts text in a configuration file of its own.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, o config.Options) *config.Config {
	t.Helper()
	if o.Env == nil {
		o.Env = env()
	}
	if o.Keyring == nil {
		o.Keyring = (&fakeRing{}).keyring()
	}
	c, err := config.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func flags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	f := pflag.NewFlagSet("test", pflag.ContinueOnError)
	f.String("host", "flag's default", "")
	f.Int("retries", 77, "")
	f.Duration("timeout", time.Hour, "")
	f.String("client-secret-file", "", "")
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return f
}

const full = `
current: prod
profiles:
  prod:
    host: a1.easemob.com
    app_key: org#app
    client_id: 0123
    client_secret: s3cr3t
    retries: 7
    limits: off
  other:
    host: other.example
`

// problem is an error's kind, message and hint.
func problem(t *testing.T, err error, kind fault.Kind, words ...string) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got %v, want kind %s", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(e.Error()+" | "+e.Hint, w) {
			t.Errorf("error %q with hint %q does not say %q", e, e.Hint, w)
		}
	}
}

func TestPrecedence(t *testing.T) {
	path := written(t, full)
	for _, c := range []struct {
		name, key, text, source string
		env                     []string
		args                    []string
	}{
		{name: "default", key: "page_size", text: "50", source: "default"},
		{name: "unset", key: "pager", text: "", source: ""},
		{name: "profile", key: "host", text: "a1.easemob.com", source: "profile prod"},
		{name: "profile over default", key: "retries", text: "7", source: "profile prod"},
		{name: "written as is", key: "client_id", text: "0123", source: "profile prod"},
		{name: "env over profile", key: "host", text: "e", source: "env ROAMCTL_HOST", env: []string{"ROAMCTL_HOST", "e"}},
		{name: "env over default", key: "page_size", text: "9", source: "env ROAMCTL_PAGE_SIZE", env: []string{"ROAMCTL_PAGE_SIZE", "9"}},
		{name: "empty env is none", key: "host", text: "a1.easemob.com", source: "profile prod", env: []string{"ROAMCTL_HOST", ""}},
		{name: "flag over env", key: "host", text: "f", source: "flag --host", env: []string{"ROAMCTL_HOST", "e"}, args: []string{"--host", "f"}},
		{name: "zero flag over profile", key: "retries", text: "0", source: "flag --retries", args: []string{"--retries=0"}},
		{name: "duration flag", key: "timeout", text: "1m30s", source: "flag --timeout", args: []string{"--timeout=90s"}},
		{name: "another profile", key: "host", text: "other.example", source: "profile other", env: []string{"ROAMCTL_PROFILE", "other"}},
		{name: "secret in file", key: "client_secret", text: "****", source: "profile prod"},
		{name: "secret in env", key: "app_token", text: "****", source: "env ROAMCTL_APP_TOKEN", env: []string{"ROAMCTL_APP_TOKEN", "x"}},
		{name: "dashes", key: "app-key", text: "org#app", source: "profile prod"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := load(t, config.Options{Path: path, Env: env(c.env...), Flags: flags(t, c.args...)})
			v := cfg.Value(c.key)
			if v.Text != c.text || string(v.Source) != c.source {
				t.Errorf("got %q from %q, want %q from %q", v.Text, v.Source, c.text, c.source)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	got, err := load(t, config.Options{Path: written(t, full)}).Settings()
	want := config.Settings{
		Profile: "prod", Output: "table", Color: "auto", Location: time.Local,
		HistoryFilesZone: "auto", Timeout: 30 * time.Second, Retries: 7, PageSize: 50, DeleteBatchSize: 50, HistoryToken: "auto",
		Limits: false, LimitCallsPerSecond: 100, LimitListPerSecond: 100, LimitDeleteConversationPerSecond: 100,
		LimitDeletePerSecond: 100, LimitImportPerSecond: 100, LimitRecallPerSecond: 100, LimitGroupsPerSecond: 50, LimitHistoryFilesPerMinute: 10, LimitListPerMinute: 5, LimitDeleteConversationPerMinute: 5, QuotaShare: 100,
	}
	same := cmp.Comparer(func(a, b *time.Location) bool { return a == b })
	if diff := cmp.Diff(want, got, same); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// Text that looks like another type stays text.
func TestSettingsKeepText(t *testing.T) {
	s, err := load(t, config.Options{Path: written(t, full), Env: env("ROAMCTL_PAGER", "off", "ROAMCTL_BACKUP_DIR", "/b%", "ROAMCTL_CA_FILE", "/1e5")}).Settings()
	if err != nil || s.Pager != "off" || s.BackupDir != "/b%" || s.CAFile != "/1e5" {
		t.Errorf("%q, %q, %q, %v", s.Pager, s.BackupDir, s.CAFile, err)
	}
}

// A kind of calls whose limit was raised has its own; the others follow.
func TestLimitsOfFamilies(t *testing.T) {
	s, err := load(t, config.Options{Path: written(t, full), Env: env(
		"ROAMCTL_LIMIT_CALLS_PER_SECOND", "300", "ROAMCTL_LIMIT_DELETE_PER_SECOND", "50",
	)}).Settings()
	if err != nil {
		t.Fatal(err)
	}
	got := []int{s.LimitCallsPerSecond, s.LimitListPerSecond, s.LimitDeleteConversationPerSecond, s.LimitDeletePerSecond, s.LimitImportPerSecond, s.LimitRecallPerSecond}
	if diff := cmp.Diff([]int{300, 300, 300, 50, 300, 300}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSettingsThatGuardDeletions(t *testing.T) {
	for text, want := range map[string]bool{"{}": false, "{require_reason: true, protected: true}": true, "{require_reason: on, protected: on}": true, "{require_reason: false, protected: off}": false} {
		s, err := load(t, config.Options{Path: written(t, "current: p\nprofiles: {p: "+text+"}")}).Settings()
		if err != nil || s.RequireReason != want || s.Protected != want {
			t.Errorf("%s: require_reason %v, protected %v, %v, want %v", text, s.RequireReason, s.Protected, err, want)
		}
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	path := written(t, "current: p\nprofiles: {p: {timeout: 5, retries: many, ca_file: ca.pem}}")
	cfg := load(t, config.Options{Path: path})
	s, err := cfg.Settings()
	problem(t, err, fault.Config, `timeout cannot be "5"`, "profile p", `retries cannot be "many"`, "config set timeout VALUE --profile p")
	if s.Timeout != 30*time.Second || s.Retries != 4 || s.CAFile != filepath.Join(filepath.Dir(path), "ca.pem") {
		t.Errorf("wrong settings are not at their defaults, or the path is not beside the file: %+v", s)
	}
	_, err = load(t, config.Options{Path: path, Flags: flags(t, "--retries=21", "--timeout=1s")}).Settings()
	problem(t, err, fault.Usage, "flag --retries", "0 to 20")
}

func TestBackupDir(t *testing.T) {
	path := written(t, "current: p\nprofiles: {p: {backup_dir: kept}}")
	inFlag := pflag.NewFlagSet("", pflag.ContinueOnError)
	inFlag.String("backup-dir", "", "")
	if err := inFlag.Parse([]string{"--backup-dir=here"}); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	env := func(name string) string { return map[string]string{"HOME": home, "XDG_STATE_HOME": home}[name] }
	for name, tt := range map[string]struct {
		options config.Options
		want    string
	}{
		"the usual one":             {config.Options{Path: filepath.Join(home, "none.yaml"), Env: env}, filepath.Join(home, "roamctl", "backups")},
		"in the file, beside it":    {config.Options{Path: path}, filepath.Join(filepath.Dir(path), "kept")},
		"a flag, from where we are": {config.Options{Path: path, Flags: inFlag}, "here"},
	} {
		if got, err := load(t, tt.options).BackupDir(); err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
		}
	}
}

func TestKeysTakeTheirDefaults(t *testing.T) {
	for _, k := range config.Keys() {
		if got, err := k.Check(k.Default); k.Default != "" && (err != nil || got != k.Default) {
			t.Errorf("%s: default %q: %q, %v", k.Name, k.Default, got, err)
		}
		if k.Accepts == "" || k.Description == "" || k.Env() != "ROAMCTL_"+strings.ToUpper(k.Name) {
			t.Errorf("%s is not described", k.Name)
		}
	}
	_, err := config.LookupKey("app_kye")
	problem(t, err, fault.Usage, "did you mean app_key?")
	_, err = config.LookupKey("zzz")
	problem(t, err, fault.Usage, "delete_batch_size")
}

func TestKeyChecks(t *testing.T) {
	good := map[string]map[string]string{
		"host": {
			"a1.easemob.com": "a1.easemob.com", "A1.Easemob.com:443/": "a1.easemob.com:443", "https://a1.easemob.com/": "https://a1.easemob.com",
			"http://127.0.0.1:8080": "http://127.0.0.1:8080", "http://[::1]:80": "http://[::1]:80",
		},
		"app_key":     {"1100#my-app_1.x": "1100#my-app_1.x"},
		"limits":      {"true": "on", "NO": "off"},
		"retries":     {"007": "7"},
		"quota_share": {"80": "80%", "100%": "100%"},
		"tz":          {"Local": "local", "UTC": "UTC", "Asia/Shanghai": "Asia/Shanghai"},
	}
	bad := map[string][]string{
		"host":              {"", "https://", "ftp://h", "h/path", "h?x", "user:pw@h", "h:0", "h:70000", "h:", "h h", "h:x", "a\nb"},
		"app_key":           {"", "org", "org#", "#app", "a#b#c", "o/r#app", "org#a b", "org#..", "组织#app"},
		"client_id":         {"", "a b", "a\x00b", "@keyring"},
		"page_size":         {"0", "51", "-1", "1.5", "９", ""},
		"timeout":           {"30", "0s", "-1s", "2h", "99999999999h", ""},
		"tz":                {"Mars/Olympus", "../../etc/passwd"},
		"output":            {"xml", "JSON", ""},
		"pager":             {"less\x1b[31m"},
		"keyring":           {"on"},
		"delete_batch_size": {"51"},
		"quota_share":       {"0", "101", "80 %", "%", "0.5", ""},
	}
	for name, cases := range good {
		key, _ := config.LookupKey(name)
		for in, want := range cases {
			if got, err := key.Check(in); err != nil || got != want {
				t.Errorf("%s %q: %q, %v, want %q", name, in, got, err, want)
			}
		}
	}
	for name, cases := range bad {
		key, _ := config.LookupKey(name)
		for _, in := range cases {
			if got, err := key.Check(in); err == nil {
				t.Errorf("%s takes %q as %q", name, in, got)
			}
		}
	}
}

func TestProfileNames(t *testing.T) {
	for name, good := range map[string]bool{
		"prod": true, "a.b-c_9": true, strings.Repeat("a", 64): true,
		"": false, "Prod": false, ".hidden": false, "-x": false, "a/b": false, "..": false, "生产": false, strings.Repeat("a", 65): false, "a b": false, "a\n": false,
	} {
		if err := config.CheckProfileName(name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
	_, err := config.Load(config.Options{Path: written(t, full), Profile: "Prod", Env: env()})
	problem(t, err, fault.Usage, `"Prod"`, "a-z")
}

func TestMissingProfile(t *testing.T) {
	cfg := load(t, config.Options{Path: written(t, full), Profile: "prdo"})
	problem(t, cfg.CheckProfile(), fault.NotFound, `"prdo"`, "did you mean prod?")
	_, err := cfg.Connection(t.Context())
	problem(t, err, fault.NotFound, `"prdo"`)
	if err := load(t, config.Options{Path: written(t, "")}).CheckProfile(); err != nil {
		t.Errorf("the default profile need not exist: %v", err)
	}
}

func TestNoHome(t *testing.T) {
	cfg := load(t, config.Options{Env: env("ROAMCTL_HOST", "h", "ROAMCTL_APP_KEY", "o#a", "ROAMCTL_APP_TOKEN", "t")})
	if _, err := cfg.Connection(t.Context()); err != nil {
		t.Errorf("the environment alone is enough: %v", err)
	}
	_, err := cfg.Profiles()
	problem(t, err, fault.Config, "HOME")
	_, err = cfg.Path()
	problem(t, err, fault.Config, "HOME")
	_, err = cfg.Folders().TokensFile("p")
	problem(t, err, fault.Config, "HOME")
}

func TestFileIsUnreadable(t *testing.T) {
	_, err := config.Load(config.Options{Path: t.TempDir(), Env: env()})
	problem(t, err, fault.Config, "reading the configuration")
	// A file that config set is yet to make is not worth a warning on every
	// call, but explains why settings are missing.
	missing := filepath.Join(t.TempDir(), "none.yaml")
	cfg := load(t, config.Options{Env: env("ROAMCTL_CONFIG", missing)})
	if w := cfg.Warnings(); len(w) > 0 {
		t.Errorf("warnings about the missing file: %q", w)
	}
	_, err = cfg.Connection(t.Context())
	problem(t, err, fault.Config, "lacks host", missing)
	if _, err := os.Stat(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("loading made a file: %v", err)
	}
}
