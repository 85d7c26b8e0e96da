package config

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// A write that fails half way leaves the old file and nothing else.
func TestReplaceFileFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	err := replaceFile(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, "ne"); err != nil {
			return err
		}
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left over: %v, %v", entries, err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "old" {
		t.Errorf("the old file holds %q, %v", b, err)
	}
	if err := replaceFile(filepath.Join(path, "below"), nil); err == nil {
		t.Error("a folder that is a file was no problem")
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add("current: a\nprofiles: {a: {host: h}}", "a", "host", "v # w")
	f.Add("# only\n", "p", "pager", "@x")
	f.Add("profiles: {a: &x {host: h}, b: *x}", "b", "host", "0x1")
	f.Add("profiles:\n", "b", "pager", "null")
	f.Fuzz(func(t *testing.T, text, profile, key, value string) {
		d, err := parseDocument("p", []byte(text))
		if err != nil || CheckProfileName(profile) != nil {
			return
		}
		k, err := LookupKey(key)
		if err != nil {
			return
		}
		if value, err = k.Check(value); err != nil || value == "" {
			return
		}
		d.set(profile, k.Name, value)
		out, err := d.bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseDocument("p", out)
		if err != nil {
			t.Fatalf("wrote what does not parse: %v\n%s", err, out)
		}
		if got := again.values(profile)[k.Name]; got != value {
			t.Fatalf("wrote %q, read %q\n%s", value, got, out)
		}
	})
}
