package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

func fileLacks(t *testing.T, path, text string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(b), text) {
		t.Errorf("%v: %s holds %q", err, path, text)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	const secret = "s3cr3t"
	s := config.NewSecret(secret)
	cfg := load(t, config.Options{Path: written(t, full)})
	conn, err := cfg.Connection(t.Context())
	if err != nil || conn.ClientSecret.Reveal() != secret {
		t.Fatalf("secret %q, %v", conn.ClientSecret.Reveal(), err)
	}
	type hidden struct{ s, t any }
	type direct struct{ secret config.Secret }
	var out bytes.Buffer
	for _, v := range []any{s, &s, []config.Secret{s}, map[string]config.Secret{"k": s}, hidden{s, &s}, direct{s}, conn, &conn, cfg, *cfg, cfg.Values()} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	for _, v := range []any{s, &s, conn} {
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		y, err := yaml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(j, y...))
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("hello", "secret", s, "connection", conn)
	for _, form := range []string{secret, fmt.Sprintf("%x", secret)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%s in\n%s", form, out.String())
		}
	}
	if !strings.Contains(out.String(), "****") || config.NewSecret("").String() != "" {
		t.Error("a secret is not marked, or an empty one is")
	}
}

func TestSecretsAreNotInErrors(t *testing.T) {
	for name, text := range map[string]string{
		"a space":     "current: p\nprofiles: {p: {host: h, app_key: o#a, client_id: i, client_secret: s3c ret}}",
		"an alias":    "profiles: {p: {client_secret: *s3cret}}",
		"a tab":       "profiles:\n  p:\n\tclient_secret: s3cret",
		"a list":      "profiles: {p: {client_secret: [s3cret]}}",
		"a directive": "profiles: {p: {client_secret: \"s3cret}}",
	} {
		c, err := config.Load(config.Options{Path: written(t, text), Env: env()})
		if err == nil {
			_, err = c.Connection(t.Context())
		}
		problem(t, err, fault.Config)
		if strings.Contains(err.Error(), "s3c") {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := profiles(t, config.Options{Path: written(t, "")})
	_, err := p.Set(t.Context(), "p", map[string]string{"client_secret": "s3c ret"})
	problem(t, err, fault.Usage, "client_secret")
	if strings.Contains(err.Error(), "s3c") {
		t.Error(err)
	}
}

func TestSecretFromFileAndStdin(t *testing.T) {
	path := written(t, full)
	secretFile := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secretFile, []byte("  from-file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	over := env("ROAMCTL_CLIENT_SECRET", "from-env")
	for arg, want := range map[string]string{secretFile: "from-file", "-": "from-stdin"} {
		c := load(t, config.Options{Path: path, Env: over, Flags: flags(t, "--client-secret-file", arg), Stdin: strings.NewReader("from-stdin\n")})
		got, err := c.Secret(t.Context(), "client_secret")
		if err != nil || got.Reveal() != want {
			t.Errorf("%s: %q, %v", arg, got.Reveal(), err)
		}
	}
	for in, say := range map[string]string{"": "empty", "two words": "spaces", strings.Repeat("x", 65<<10): "larger than"} {
		c := load(t, config.Options{Path: path, Flags: flags(t, "--client-secret-file", "-"), Stdin: strings.NewReader(in)})
		_, err := c.Secret(t.Context(), "client_secret")
		problem(t, err, fault.Config, say)
	}
	c := load(t, config.Options{Path: path, Flags: flags(t, "--client-secret-file", secretFile+"x")})
	_, err := c.Secret(t.Context(), "client_secret")
	problem(t, err, fault.NotFound, "--client-secret-file: open")
}

func TestByteOrderMarks(t *testing.T) {
	path := written(t, "\ufeffprofiles:\r\n  default:\r\n    client_id: from-file\r\n")
	secretFile := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secretFile, []byte("\xff\xfes\x003\x00c\x00\r\x00\n\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := load(t, config.Options{Path: path, Flags: flags(t, "--client-secret-file", secretFile)})
	if got, err := c.Secret(t.Context(), "client_secret"); err != nil || got.Reveal() != "s3c" {
		t.Errorf("a secret in UTF-16: %q, %v", got.Reveal(), err)
	}
	if id := c.Value("client_id"); id.Text != "from-file" {
		t.Errorf("a configuration with a byte order mark: %q", id.Text)
	}
	c = load(t, config.Options{Path: path, Flags: flags(t, "--client-secret-file", "-"), Stdin: strings.NewReader("\ufeffs3c")})
	if got, err := c.Secret(t.Context(), "client_secret"); err != nil || got.Reveal() != "s3c" {
		t.Errorf("a secret with a byte order mark: %q, %v", got.Reveal(), err)
	}
}

func TestConnectionNamesAllThatIsMissing(t *testing.T) {
	c := load(t, config.Options{Path: written(t, "")})
	_, err := c.Connection(t.Context())
	problem(t, err, fault.Config, "host, app_key, client_id, client_secret", "roamctl auth login", "ROAMCTL_APP_KEY", "--sandbox")
}

func TestPlainHTTP(t *testing.T) {
	for host, allowed := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost": true, "http://[::1]:1": true, "https://h.example": true, "h.example": true,
		"http://h.example": false, "http://10.0.0.1": false, "http://localhost.evil.example": false,
	} {
		e := []string{"ROAMCTL_HOST", host, "ROAMCTL_APP_KEY", "o#a", "ROAMCTL_APP_TOKEN", "t"}
		_, err := load(t, config.Options{Path: written(t, ""), Env: env(e...)}).Connection(t.Context())
		if (err == nil) != allowed {
			t.Errorf("%s: %v", host, err)
		}
		if _, err := load(t, config.Options{Path: written(t, ""), Env: env(append(e, "ROAMCTL_INSECURE_HTTP", "on")...)}).Connection(t.Context()); err != nil {
			t.Errorf("%s with insecure_http: %v", host, err)
		}
	}
}
