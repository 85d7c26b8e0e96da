package export

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestTemplates(t *testing.T) {
	for text, want := range map[string]struct {
		path  string
		scope scope
	}{
		DefaultTemplate:                       {"alice/chat-bob.ndjson.zst", oneConversation},
		"{type}/{user}/{user}_{conversation}": {"chat/alice/alice_bob", oneConversation},
		"{user}.ndjson":                       {"alice.ndjson", oneUser},
		"{user}/{conversation}.ndjson":        {"alice/bob.ndjson", oneUser},
		"{type}/{conversation}.{format}.zst":  {"chat/bob.ndjson.zst", allUsers},
		"all.ndjson":                          {"all.ndjson", allUsers},
		"历史/{user}/{type}/{conversation}.zst": {"历史/alice/chat/bob.zst", oneConversation},
	} {
		parsed := mustTemplate(t, text, NDJSON)
		if got := parsed.path(chat("alice", "bob")); got != want.path || parsed.scope() != want.scope {
			t.Errorf("%s: %s, %v", text, got, parsed.scope())
		}
		if parsed.compress() != strings.HasSuffix(text, ".zst") || parsed.String() != text {
			t.Errorf("%s: %v", text, parsed)
		}
	}
	for _, bad := range []string{
		"", "/abs", "a//b", "../{user}", "{user}/../x", "./x", ".hidden/{user}", "{owner}", "{user", "a\\b", "C:x", "a\nb",
		"manifest.ndjson", "Manifest.{format}", "MANIFEST.NDJSON/{user}", "manifest.{format}/{user}/x", "{user}/{User}", "con/{user}", "{user}./x", "{user} /x", "x ",
		"{type}/{user}-{conversation}.ndjson", "{user}{type}{conversation}", "x/{conversation}+{user}.csv",
	} {
		if _, err := ParseTemplate(bad, NDJSON); fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestParts(t *testing.T) {
	for path, want := range map[string]string{
		"a/chat-b.ndjson.zst": "a/chat-b-0007.ndjson.zst", "a.b/c.csv": "a.b/c-0007.csv", "a.b/c": "a.b/c-0007", "x.zst": "x-0007.zst",
	} {
		if got := part(path, 7); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := part("a", 12345); got != "a-12345" {
		t.Error(got)
	}
}

// Whatever a user's name, an export finishes, verifies and can be repeated, and no
// file replaces another one or the manifest.
func TestUsersWithOddNames(t *testing.T) {
	users := []string{
		"manifest.ndjson", "manifest", "manifest.ndjson.zst", "Manifest.NDJSON", "MANIFEST", ".export", ".export-gone", "run", "fetched",
		"a/b", "a_b", "a", "a.", "a ", "A", "con", "on", "con.ndjson", "com1", "nul.zst", "bob.zst", "bob.ndjson", "bob", "stra\u00dfe", "strasse",
		"caf\u00e9", "cafe\u0301", "\u2764", "\u2764\ufe0f", "..", ".", "x.partial", ".x.partial", strings.Repeat("long", 60), "张伟",
	}
	for i, template := range []string{DefaultTemplate, "{user}", "{user}.{format}", "{user}/{user}", "{conversation}/{user}.{format}", "c{user}/x.zst", "man{user}.{format}", "all"} {
		for j, part := range []int64{0, 1000} {
			if (i+j)%2 != 0 && !childtest.All() || testing.Short() && i > 1 {
				continue // names are the same under the race detector
			}
			t.Run(fmt.Sprint(template, part), func(t *testing.T) {
				w, dir := newWorld(), t.TempDir()
				for _, u := range append(users, "ifest") {
					w.say(chat(u, "manifest.ndjson"), 2)
				}
				o := Options{Template: mustTemplate(t, template, NDJSON), Format: NDJSON, PartSize: part}
				for i := range 2 {
					r := newRun(t, w, dir, fmt.Sprint("run", i), o)
					totals, err := r.try(t.Context(), append(users, "ifest")...)
					if err != nil || len(r.failed) > 0 || totals.Messages != (2+i)*(len(users)+1) {
						t.Fatal(totals, err, r.failed)
					}
					ok(t, dir)
					w.mu.Lock()
					refs := slices.Collect(maps.Keys(w.messages))
					w.mu.Unlock()
					for _, ref := range refs {
						w.say(ref, 1)
					}
				}
				taken := map[string]string{}
				for path := range tree(t, dir) {
					for folder := path; folder != "."; folder = filepath.ToSlash(filepath.Dir(folder)) {
						name := strings.ToLower(norm.NFC.String(folder))
						if was, ok := taken[name]; ok && was != folder {
							t.Errorf("%q and %q are the same on some file systems", was, folder)
						}
						taken[name] = folder
						for p := range strings.SplitSeq(folder, "/") {
							if folder != ManifestName && fsutil.SafeName(p) != p && len(p) < 160 {
								t.Errorf("some file systems refuse %q", p)
							}
						}
					}
				}
			})
		}
	}
}

// Whatever the IDs, a file stays in the folder and no two histories share one.
func TestSafeIDs(t *testing.T) {
	id := rapid.OneOf(
		rapid.SampledFrom([]string{"..", ".", "con", "CON", "a/b", "a_b", "a:b", "A", "a", "a~0123456789", "s", "ſ", "caf\u00e9", "cafe\u0301", "张伟", "\u202eexe", "", "a.", "a "}),
		rapid.StringN(0, 12, -1), rapid.StringMatching("[aAb/_:~.]{0,4}"),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b := id.Draw(t, "a"), id.Draw(t, "b")
		x, y := safeID(a), safeID(b)
		if !filepath.IsLocal(x) || strings.ContainsAny(x, `/\`) || x == "" {
			t.Fatalf("%q becomes %q", a, x)
		}
		if a != b && strings.EqualFold(norm.NFC.String(x), norm.NFC.String(y)) {
			t.Fatalf("%q and %q share %q", a, b, x)
		}
	})
	path := mustTemplate(t, DefaultTemplate, NDJSON).path(roaming.Ref{User: "../../etc", Conversation: "\x1b[31mx/y", Type: roaming.Group})
	if !filepath.IsLocal(path) || strings.Count(path, "/") != 1 || strings.ContainsRune(path, 0x1b) {
		t.Error(path)
	}
}
