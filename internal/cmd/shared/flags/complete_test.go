package flags

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func TestCompletionOfAListOffersItsNextWord(t *testing.T) {
	complete := completeList(func(_ *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if prefix == "?" {
			return cobra.AppendActiveHelp(nil, "give --user first"), cobra.ShellCompDirectiveNoFileComp
		}
		return []cobra.Completion{"bob\tchat", "carol", "d,e"}, cobra.ShellCompDirectiveNoFileComp
	})
	for prefix, want := range map[string][]cobra.Completion{
		"":           {"bob\tchat", "carol"},
		"b":          {"bob\tchat", "carol"},
		"dave,":      {"dave,bob\tchat", "dave,carol"},
		"bob,c":      {"bob,carol"},
		"bob,carol,": nil,
		"bob,?":      nil,
		"?":          cobra.AppendActiveHelp(nil, "give --user first"),
	} {
		got, directive := complete(nil, nil, prefix)
		if diff := cmp.Diff(want, got); diff != "" || directive != cobra.ShellCompDirectiveNoFileComp {
			t.Errorf("%q: directive %d %s", prefix, directive, diff)
		}
	}
}

func TestOfferTakesOnlyHarmlessWords(t *testing.T) {
	for _, bad := range []string{
		"", "a b", "a`touch x`b1", "$(x)", "$x", "a;b", "a&b", "a|b", "<a", ">a", "(a)", "{a,b}", "[a]", "a*", "a?", "~", "#a", "a'b", `a"b`, `a\b`,
		"a\nb", "a\tb", "a\rb", ":4", "a:b", "!a", "^a", "=ls", "a=b", "%1", "-rf", "--user", "_activeHelp_ x", "\x1b[31m", "a\u202eb", "中文", "a\x00", "a\xff",
	} {
		if got := Offer(nil, bad, "chat"); len(got) > 0 {
			t.Errorf("%q is offered: %q", bad, got)
		}
	}
	var got []cobra.Completion
	for _, good := range []string{"bob", "250000000000101", "a_b-c.d@e+f,g/h", "20261123T143012-7f3a9c"} {
		got = Offer(got, good, "")
	}
	got = Offer(got, "run1", "clear of a\x1b[31m\n`x`, done")
	want := []cobra.Completion{"bob", "250000000000101", "a_b-c.d@e+f,g/h", "20261123T143012-7f3a9c", "run1\tclear of a??31m??x?, done"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
