package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/iostreams"
)

// run runs the program without an environment.
func run(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	streams, _, stdout, stderr := iostreams.Test()
	home := t.TempDir()
	getenv := func(name string) string {
		if name == "HOME" {
			return home
		}
		return ""
	}
	code = Run(t.Context(), args, getenv, streams, "1.2.3-test")
	return code, stdout.String(), stderr.String()
}

// What is wrong with the arguments is said in our own words, never in those of
// cobra, pflag or strconv.
func TestUsageErrors(t *testing.T) {
	for args, want := range map[string]string{
		"messages fetch --limit x":            `--limit is "x": it must be a whole number`,
		"messages fetch --limit 1e3":          `--limit is "1e3": it must be a whole number`,
		"messages fetch --limit":              `--limit needs a value`,
		"messages fetch -n":                   `--limit needs a value`,
		"messages fetch --max-duration 5":     `--max-duration is "5": it must be a duration, such as 30s, 5m or 2h`,
		"messages fetch --sandbox=maybe":      `--sandbox is "maybe": it must be true or false`,
		"messages fetch --direction sideways": `--direction is "sideways": it must be up or down`,
		"messages fetch --nope":               `unknown flag --nope`,
		"messages fetch -Z":                   `unknown flag -Z`,
		"search -快递":                          `unknown flag -快递`,
		"messages fetch -u a --limit 3 --all": `--limit and --all exclude each other`,
		"messages delete -u a -c b":           `one of --id, --ids-file, --before is required`,
		"version extra":                       `unexpected argument "extra"`,
		"runs show":                           `missing argument`,
		"runs show a b":                       `unexpected argument "b"`,
		"frob":                                `unknown command "frob" for "roamctl"`,
		"messages frob":                       `unknown command "frob" for "roamctl messages"`,
		"help frob":                           `unknown command "frob"`,
		"conversations delete -u a b":         `one of --delete-messages, --keep-messages is required`,
	} {
		code, out, errOut := run(t, strings.Fields(args)...)
		first, hint, _ := strings.Cut(errOut, "\n")
		if code != 2 || first != "error: "+want || out != "" || !strings.HasPrefix(hint, "hint: ") {
			t.Errorf("%s: exit code %d\n%s%s", args, code, out, errOut)
		}
	}
	if _, _, errOut := run(t, "search", "-快递 from:bob"); !strings.Contains(errOut, "hint: a QUERY that begins with a minus needs -- before it: roamctl search -- '-快递 from:bob'") {
		t.Error(errOut)
	}
	for args, want := range map[string]string{
		"messages fetsh":                  "fetch",
		"messages fetch --limits 3":       "--limit",
		"messages fetch --sandbx":         "--sandbox",
		"--sandbx messages fetch -u al":   "--sandbox",
		"messages fetch --conversatoin=b": "--conversation",
	} {
		if code, _, errOut := run(t, strings.Fields(args)...); code != 2 || !strings.Contains(errOut, "hint: did you mean "+want+"?") {
			t.Errorf("%s: exit code %d\n%s", args, code, errOut)
		}
	}
}

// A command's help has its own flags and the common ones; the others are in one
// place.
func TestHelp(t *testing.T) {
	code, help, _ := run(t, "messages", "fetch", "--help")
	for _, want := range []string{"\nUsage:\n  roamctl messages fetch ", "\n  -c, --conversation ", "\nCommon flags:\n", "\n  -o, --output ", "help options"} {
		if !strings.Contains(help, want) {
			t.Errorf("no %q in the help of messages fetch:\n%s", want, help)
		}
	}
	if strings.Contains(help, "--client-id") || code != 0 {
		t.Errorf("exit code %d, and --client-id is in the help of messages fetch", code)
	}
	for _, args := range [][]string{{"help", "options"}, {"options"}, {"options", "--help"}} {
		if code, options, _ := run(t, args...); !strings.Contains(options, "--client-id") || code != 0 {
			t.Errorf("%v: exit code %d\n%s", args, code, options)
		}
	}
	for _, args := range [][]string{{"messages"}, {"messages", "--help"}, {"help", "messages"}} {
		_, help, _ := run(t, args...)
		if n := strings.Count(help, "\n  roamctl messages"); n != 1 || !strings.Contains(help, "\nCommands:\n  clear   ") {
			t.Errorf("%v: %d usage lines\n%s", args, n, help)
		}
	}
}

// Flags are wrapped at the terminal's width.
func TestHelpWrapsFlags(t *testing.T) {
	for _, args := range [][]string{{"messages", "clear", "--help"}, {"options"}} {
		streams, _, out, _ := iostreams.Test()
		streams.SetTTY(false, true, false)
		streams.SetWidth(80)
		Run(t.Context(), args, func(string) string { return "" }, streams, "")
		_, flags, _ := strings.Cut(out.String(), "Flags:\n")
		for line := range strings.Lines(flags) {
			if len(strings.TrimSuffix(line, "\n")) > 80 {
				t.Errorf("%v: %s", args, line)
			}
		}
	}
}

// cobra's annotations are not part of its interface: this fails when they change.
func TestCobraKeepsFlagGroupsInAnnotations(t *testing.T) {
	cmd := &cobra.Command{Use: "x"}
	cmd.Flags().Bool("a", false, "")
	cmd.Flags().Bool("b", false, "")
	cmd.MarkFlagsMutuallyExclusive("a", "b")
	cmd.MarkFlagsOneRequired("a", "b")
	if err := checkFlagGroups(cmd); err == nil || !strings.Contains(err.Error(), "required") {
		t.Errorf("without a flag: %v", err)
	}
	for _, name := range []string{"a", "b"} {
		if err := cmd.Flags().Set(name, "true"); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkFlagGroups(cmd); err == nil || !strings.Contains(err.Error(), "exclude") {
		t.Errorf("with both flags: %v", err)
	}
}

// The flags that every help shows are global ones.
func TestCommonFlagsExist(t *testing.T) {
	streams, _, _, _ := iostreams.Test()
	root := NewRoot(app.New(streams, func(string) string { return "" }, ""))
	known := map[string]*pflag.Flag{}
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) { known[f.Name] = f })
	for _, name := range commonFlags() {
		if known[name] == nil {
			t.Errorf("there is no --%s", name)
		}
	}
}
