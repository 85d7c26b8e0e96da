package config

import (
	"os"
	"path/filepath"
	"testing"
)

// A profile's guards hold against the environment, which may only add to them.
func TestEnvironmentCannotLiftGuards(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := "current: prod\nprofiles:\n  prod: {protected: on, require_reason: \"on\"}\n  test: {protected: off}\n  word: {protected: true}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		profile, env string
		want         bool
	}{
		{"prod", "off", true},
		{"prod", "", true},
		{"word", "off", true},
		{"test", "on", true},
		{"test", "", false},
	} {
		c, err := Load(Options{Path: path, Profile: tt.profile, Env: func(name string) string {
			if name == "ROAMCTL_PROTECTED" {
				return tt.env
			}
			return ""
		}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Settings()
		if err != nil {
			t.Fatal(err)
		}
		if s.Protected != tt.want {
			t.Errorf("profile %s with %q in the environment: protected is %v", tt.profile, tt.env, s.Protected)
		}
	}
}

// A mistyped guard is an error, whatever the environment has.
func TestAMalformedGuardIsNotOverridden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("profiles:\n  default: {protected: onn}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Options{Path: path, Env: func(name string) string {
		return map[string]string{"ROAMCTL_PROTECTED": "off"}[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := c.Settings(); err == nil {
		t.Errorf("no error, and protected is %v", s.Protected)
	}
}
