package fsutil

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"猫 cat.png":         "猫 cat.png",
		"../../etc/passwd":  "_.._etc_passwd",
		`C:\dir\x?.txt`:     "C__dir_x_.txt",
		"a\x00b\nc\x1b[31m": "a_b_c_[31m",
		"exe.\u202egnp.scr": "exe._gnp.scr",
		"\u200b":            "_",
		"CON":               "_CON",
		"nul.tar.gz":        "_nul.tar.gz",
		"com¹":              "_com¹",
		"lpt9":              "_lpt9",
		"abc1":              "abc1",
		"COM":               "COM",
		"COMIC":             "COMIC",
		".hidden":           "hidden",
		"--rf":              "rf",
		"dots. . .":         "dots",
		"":                  "_",
		"...":               "_",
		"bad\xff":           "bad_",
		strings.Repeat("a", 200) + "." + strings.Repeat("b", 15): strings.Repeat("a", 143) + "." + strings.Repeat("b", 15),
		strings.Repeat("a", 200) + "." + strings.Repeat("b", 16): strings.Repeat("a", 159),
		strings.Repeat("猫", 99) + ".jpeg":                        strings.Repeat("猫", 51) + ".jpeg",
	} {
		if got := SafeName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestEveryTextMakesAName(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(rapid.String(), rapid.StringMatching(`[./\\ A-Za-z\x00-\x1f:]{0,300}`)).Draw(t, "in")
		name := SafeName(in)
		if name == "" || len(name) > maxName || !utf8.ValidString(name) || filepath.Base(name) != name {
			t.Fatalf("%q", name)
		}
		if again := SafeName(name); again != name {
			t.Fatalf("%q becomes %q when it is made safe again", name, again)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if filepath.Dir(path) != dir {
			t.Fatalf("%q leaves the folder", name)
		}
	})
}
