package export

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestTemplates(t *testing.T) {
	for text, want := range map[string]struct {
		path  string
		scope scope
	}{
		DefaultTemplate:                         {"alice/chat-bob.ndjson.zst", oneConversation},
		"{type}/{owner}/{owner}_{conversation}": {"chat/alice/alice_bob", oneConversation},
		"{owner}.ndjson":                        {"alice.ndjson", oneUser},
		"{owner}/{conversation}.ndjson":         {"alice/bob.ndjson", oneUser},
		"{type}/{conversation}.{format}.zst":    {"chat/bob.ndjson.zst", everything},
		"all.ndjson":                            {"all.ndjson", everything},
		"历史/{owner}/{type}/{conversation}.zst":  {"历史/alice/chat/bob.zst", oneConversation},
	} {
		parsed := mustTemplate(t, text, NDJSON)
		if got := parsed.volume(chat("alice", "bob")); got != want.path || parsed.scope() != want.scope {
			t.Errorf("%s: %s, %v", text, got, parsed.scope())
		}
		if parsed.compress() != strings.HasSuffix(text, ".zst") || parsed.String() != text {
			t.Errorf("%s: %v", text, parsed)
		}
	}
	for _, bad := range []string{
		"", "/abs", "a//b", "../{owner}", "{owner}/../x", "./x", ".hidden/{owner}", "{user}", "{owner", "a\\b", "C:x", "a\nb",
		"manifest.ndjson", "{owner}/{Owner}", "con/{owner}", "{owner}./x", "{owner} /x", "x ",
		"{type}/{owner}-{conversation}.ndjson", "{owner}{type}{conversation}", "x/{conversation}+{owner}.csv",
	} {
		if _, err := ParseTemplate(bad, NDJSON); fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestParts(t *testing.T) {
	for volume, want := range map[string]string{
		"a/chat-b.ndjson.zst": "a/chat-b-0007.ndjson.zst", "a.b/c.csv": "a.b/c-0007.csv", "a.b/c": "a.b/c-0007", "x.zst": "x-0007.zst",
	} {
		if got := part(volume, 7); got != want {
			t.Errorf("%s: %s, want %s", volume, got, want)
		}
	}
	if got := part("a", 12345); got != "a-12345" {
		t.Error(got)
	}
}

// A user can have the manifest's name.
func TestNoFileTakesTheManifestsPlace(t *testing.T) {
	template := mustTemplate(t, "{owner}.{format}", NDJSON)
	one, two := template.volume(chat("manifest", "x")), template.volume(chat("Manifest", "x"))
	if strings.EqualFold(one, ManifestName) || strings.EqualFold(two, ManifestName) || one == two {
		t.Errorf("%s, %s", one, two)
	}
}

// Whatever the IDs, a file stays in the folder, and no two histories share one.
func TestNamesAreSafeAndApart(t *testing.T) {
	id := rapid.OneOf(
		rapid.SampledFrom([]string{"..", ".", "con", "CON", "a/b", "a_b", "a:b", "A", "a", "a~0123456789", "s", "ſ", "caf\u00e9", "cafe\u0301", "张伟", "\u202eexe", "", "a.", "a "}),
		rapid.StringN(0, 12, -1), rapid.StringMatching("[aAb/_:~.]{0,4}"),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b := id.Draw(t, "a"), id.Draw(t, "b")
		x, y := safe(a), safe(b)
		if !filepath.IsLocal(x) || strings.ContainsAny(x, `/\`) || x == "" {
			t.Fatalf("%q becomes %q", a, x)
		}
		if a != b && strings.EqualFold(norm.NFC.String(x), norm.NFC.String(y)) {
			t.Fatalf("%q and %q share %q", a, b, x)
		}
	})
	volume := mustTemplate(t, DefaultTemplate, NDJSON).volume(roaming.Ref{Owner: "../../etc", Conversation: "\x1b[31mx/y", Type: roaming.Group})
	if !filepath.IsLocal(volume) || strings.Count(volume, "/") != 1 || strings.ContainsRune(volume, 0x1b) {
		t.Error(volume)
	}
}
