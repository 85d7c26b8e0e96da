package cli

import (
	"strings"
	"testing"
)

// A flag without its value does not take the next flag, and an empty value is
// not "no value".
func TestFlagsNeedTheirOwnValues(t *testing.T) {
	empty := func(flag string) string {
		return "error: " + flag + " is empty\nhint: leave it out or give it a value; a script's variable may not be set\n"
	}
	taken := func(flag, next string) string {
		return "error: " + flag + " needs a value, and " + next + " is a flag\nhint: to use it as the value: " + flag + "=" + next + "\n"
	}
	for args, want := range map[string]string{
		"messages clear -u dave --yes --reason --sandbox":        taken("--reason", "--sandbox"),
		"messages clear -u dave --yes --reason --output=csv":     taken("--reason", "--output=csv"),
		"messages clear -u dave --reason -y --sandbox":           taken("--reason", "-y"),
		"messages clear -u dave --reason -o=csv --sandbox":       taken("--reason", "-o=csv"),
		"messages clear -yu --sandbox":                           taken("--user", "--sandbox"),
		"--profile --sandbox messages clear -u dave":             taken("--profile", "--sandbox"),
		"messages clear --sandbox --reason --help":               taken("--reason", "--help"),
		"messages fetch -u alice --sandbox --since EMPTY":        empty("--since"),
		"messages fetch -u alice --sandbox --until=":             empty("--until"),
		"messages fetch -u alice --sandbox -c EMPTY":             empty("--conversation"),
		"messages fetch -u alice --sandbox -o=":                  empty("--output"),
		"messages clear --dry-run -u dave --sandbox --reason=":   empty("--reason"),
		"messages delete -u a -c b --sandbox --before EMPTY":     empty("--before"),
		"messages clear -u a --sandbox --yes --backup-dir EMPTY": empty("--backup-dir"),
		"--profile EMPTY conversations list -u alice --sandbox":  empty("--profile"),
	} {
		words := strings.Fields(args)
		for i, word := range words {
			if word == "EMPTY" {
				words[i] = ""
			}
		}
		if code, out, errOut := run(t, words...); code != 2 || out != "" || errOut != want {
			t.Errorf("%s: exit code %d\n%s%s", args, code, out, errOut)
		}
	}
}

// A loop over pages begins without a cursor.
func TestAnEmptyCursorIsTheFirstPage(t *testing.T) {
	for _, args := range [][]string{
		{"conversations", "list", "-u", "alice", "--sandbox", "--cursor", ""},
		{"messages", "fetch", "-u", "alice", "-c", "bob", "--sandbox", "--start="},
	} {
		if code, out, errOut := run(t, args...); code != 0 || out == "" {
			t.Errorf("%v: exit code %d\n%s%s", args, code, out, errOut)
		}
	}
}

// Values that only look like flags are values.
func TestFlagsTakeValuesThatBeginWithADash(t *testing.T) {
	for _, args := range []string{
		"messages clear -u dave --sandbox --dry-run --reason=--sandbox",
		"messages clear -u dave --sandbox --dry-run --reason --nonsense",
		"messages clear -u dave --sandbox --dry-run --reason -",
		"messages clear -u dave --sandbox --dry-run --reason -1",
		"messages clear -u dave --sandbox --dry-run --reason -- ",
	} {
		if code, out, errOut := run(t, strings.Fields(args)...); code != 0 {
			t.Errorf("%s: exit code %d\n%s%s", args, code, out, errOut)
		}
	}
}
