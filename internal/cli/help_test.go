package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/iostreams"
)

// tree is the command tree without what cobra adds when it runs.
func tree(t *testing.T) *cobra.Command {
	t.Helper()
	streams, _, _, _ := iostreams.Test()
	return NewRoot(app.New(streams, func(string) string { return "" }, ""))
}

// walk calls visit with a command and all commands below it.
func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, child := range cmd.Commands() {
		walk(child, visit)
	}
}

func TestEveryShortIsAnImperativePhrase(t *testing.T) {
	walk(tree(t), func(cmd *cobra.Command) {
		verb := strings.ToLower(strings.Split(cmd.Short, " ")[0])
		switch {
		case cmd.Short == "" || cmd.Short[:1] != strings.ToUpper(cmd.Short[:1]):
			t.Errorf("%s: %q does not begin with a capital letter", cmd.CommandPath(), cmd.Short)
		case len(strings.Fields(cmd.Short)) > 10:
			t.Errorf("%s: %q has more than ten words", cmd.CommandPath(), cmd.Short)
		case strings.HasSuffix(cmd.Short, "."):
			t.Errorf("%s: %q ends with a period", cmd.CommandPath(), cmd.Short)
		case strings.HasSuffix(verb, "s") || strings.HasSuffix(verb, "ing"):
			t.Errorf("%s: %q is not imperative", cmd.CommandPath(), cmd.Short)
		}
	})
}

func TestEveryFlagHasAPlaceholderAndSaysWhatItDoes(t *testing.T) {
	placeholder := regexp.MustCompile(`^[A-Z][A-Z0-9]*$`)
	start := regexp.MustCompile("^[a-z][a-z']*[, ]")
	walk(tree(t), func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			name, usage := pflag.UnquoteUsage(f)
			where := cmd.CommandPath() + " --" + f.Name
			if f.Value.Type() == "bool" {
				if name != "" {
					t.Errorf("%s takes no value and has the placeholder %s", where, name)
				}
			} else if !placeholder.MatchString(name) {
				t.Errorf("%s has the placeholder %q, want one capital word", where, name)
			}
			if !start.MatchString(usage) || strings.HasSuffix(usage, ".") {
				t.Errorf("%s: %q must begin with a lower-case verb and have no period", where, usage)
			}
			for _, noun := range []string{"only ", "also ", "the ", "a ", "no ", "with ", "everything "} {
				if strings.HasPrefix(usage, noun) {
					t.Errorf("%s: %q does not begin with a verb", where, usage)
				}
			}
		})
	})
}

// Every command has one usage line, without the words of cobra and pflag, and
// shows no global flags but the common ones.
func TestHelpOfEveryCommand(t *testing.T) {
	root := tree(t)
	walk(root, func(cmd *cobra.Command) {
		var help strings.Builder
		root.SetOut(&help)
		if err := cmd.Usage(); err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(help.String(), "\n\n")
		if want := "Usage:\n  " + cmd.CommandPath(); cmd.Name() != "options" && (!strings.HasPrefix(text, want) || strings.Count(text, "\n") != 1) {
			t.Errorf("the usage of %s is\n%s", cmd.CommandPath(), text)
		}
		for _, foreign := range []string{"[command]", "Available Commands", "Additional", "Global Flags", " strings ", " stringArray ", " int ", " duration "} {
			if strings.Contains(help.String(), foreign) {
				t.Errorf("the help of %s has %q:\n%s", cmd.CommandPath(), foreign, &help)
			}
		}
		if cmd.Name() != "options" && strings.Contains(help.String(), "--client-id ID") {
			t.Errorf("the help of %s has --client-id", cmd.CommandPath())
		}
	})
}

// A flag that takes several values in one command takes them in all.
func TestTheSameFlagTakesListsEverywhere(t *testing.T) {
	walk(tree(t), func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			switch cmd.CommandPath() + " --" + f.Name {
			case "roamctl auth token --user", "roamctl doctor --user", "roamctl sandbox send --from", "roamctl sandbox send --kind", "roamctl transcript --user", "roamctl attachments fetch --user", "roamctl browse --user": // one token, one report, one message, one user
				return
			}
			for _, name := range []string{"user", "id", "from", "kind", "also", "columns"} {
				if f.Name == name && f.Value.Type() != "list" {
					t.Errorf("%s --%s takes one value", cmd.CommandPath(), f.Name)
				}
			}
		})
	})
}
