package flags

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
)

// newApp returns an app with an empty home, and what it writes to the error stream.
func newApp(t *testing.T, env ...string) (*app.App, func() string) {
	t.Helper()
	vars := map[string]string{"HOME": t.TempDir()}
	for i := 0; i < len(env); i += 2 {
		vars[env[i]] = env[i+1]
	}
	io, _, _, errOut := iostreams.Test()
	return app.New(io, func(name string) string { return vars[name] }, "test"), errOut.String
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestRedactFlagsThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		flags Redact
		want  string
	}{
		{Redact{}, ""},
		{Redact{OnlyUser: "alice"}, "--only-user needs --redact"},
		{Redact{Salt: "s"}, "--redact-salt needs --redact"},
		{Redact{Log: "l"}, "--redact-log needs --redact"},
		{Redact{Rules: "r", OnlyUser: "alice", Salt: "s", Log: "l"}, ""},
		{Redact{Rules: "r", OnlyUser: "Alice"}, `--only-user: "Alice" has capital letters, and user IDs are lowercase`},
	} {
		if got := message(tt.flags.Check()); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.flags, got, tt.want)
		}
	}
}

// A resumed run may have another working directory. An unset path stays unset.
func TestRedactPathsBecomeAbsolute(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	r := Redact{Rules: "rules", Log: "log"}
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	dir, err := os.Getwd()
	if want := (Redact{Rules: filepath.Join(dir, "rules"), Log: filepath.Join(dir, "log")}); r != want || err != nil {
		t.Errorf("%+v, want %+v, %v", r, want, err)
	}
}

func TestSaltFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "salt")
	made, err := saltFile(path)
	if err != nil || len(made) < 16 {
		t.Fatalf("%d bytes, %v", len(made), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the salt: %v, %v", info, err)
	}
	if again, err := saltFile(path); !bytes.Equal(again, made) || err != nil {
		t.Errorf("read %x, want %x, %v", again, made, err)
	}
	for content, want := range map[string]fault.Kind{
		strings.Repeat("0a", 16) + "\n":             "",
		strings.Repeat("0a", 15):                    fault.Usage, // too short
		"words: [" + strings.Repeat("0a", 16) + "]": fault.Usage,
		strings.Repeat("0a", 600):                   fault.Config, // not read to its end
		"":                                          fault.Usage,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := saltFile(path); fault.KindOf(err) != want {
			t.Errorf("%.40q: %v, want %q", content, err, want)
		}
		if kept, err := os.ReadFile(path); string(kept) != content || err != nil {
			t.Errorf("the file was changed to %q, %v", kept, err)
		}
	}
	if _, err := saltFile(filepath.Join(t.TempDir(), "none", "salt")); fault.KindOf(err) != fault.Config {
		t.Errorf("in a folder that does not exist: %v", err)
	}
}

// A resumed run must not redact by other rules than it began with.
func TestRulesThatChangeDuringARun(t *testing.T) {
	a, _ := newApp(t)
	r := Redact{Rules: filepath.Join(t.TempDir(), "rules.yaml")}
	for _, tt := range []struct {
		rules string
		want  fault.Kind
	}{{"words: [a]", ""}, {"words: [a]", ""}, {"words: [b]", fault.Safety}, {"words: [a]", ""}} {
		if err := os.WriteFile(r.Rules, []byte(tt.rules), 0o600); err != nil {
			t.Fatal(err)
		}
		if rules, err := r.Load(a); fault.KindOf(err) != tt.want || (err == nil) != (rules != nil) {
			t.Errorf("%s: %v, want %q", tt.rules, err, tt.want)
		}
	}
}

func TestRedactorOfTheFlags(t *testing.T) {
	a, errOut := newApp(t)
	if got, err := (&Redact{}).Open(a, nil); got != nil || err != nil {
		t.Fatalf("without --redact: %v, %v", got, err)
	}
	dir := t.TempDir()
	r := Redact{Rules: filepath.Join(dir, "rules.yaml"), OnlyUser: "alice", Log: filepath.Join(dir, "log")}
	if err := os.WriteFile(r.Rules, []byte("words: [nightingale]"), 0o600); err != nil {
		t.Fatal(err)
	}
	header := func(salt []byte) redact.Header {
		t.Helper()
		redactor, err := r.Open(a, salt)
		if err != nil {
			t.Fatal(err)
		}
		redactor.Message("alice", roaming.Message{
			ID: 1, ChatType: roaming.Chat, Conversation: "bob", From: "alice", To: "bob", Kind: roaming.Text,
			Text: "the nightingale", Body: map[string]any{"msg": "the nightingale"}, Ext: map[string]any{},
		})
		return redactor.Header()
	}
	given, other := header([]byte("sixteen bytes...")), header([]byte("16 other bytes.."))
	if given.OnlyUser != "alice" || given.Salt == other.Salt {
		t.Errorf("%+v, %+v", given, other)
	}
	r.Salt = filepath.Join(dir, "salt")
	if kept := header([]byte("sixteen bytes...")); kept.Salt == given.Salt || header(nil) != kept {
		t.Errorf("--redact-salt is not used: %+v", kept)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if log, err := os.ReadFile(r.Log); strings.Count(string(log), `"detector":"word"`) != 4 || err != nil {
		t.Errorf("the log is %q, %v", log, err)
	}
	if strings.Count(errOut(), "replaced 1 word") != 4 {
		t.Errorf("what was replaced is not said: %q", errOut())
	}
	r.Log = dir
	if _, err := r.Open(a, nil); fault.KindOf(err) != fault.Config {
		t.Errorf("a log that is a folder: %v", err)
	}
}
