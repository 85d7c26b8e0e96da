package export

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/parquetfile"
	"github.com/roamctl/roamctl/internal/roaming"
)

// DefaultTemplate makes a file for each conversation.
const DefaultTemplate = "{user}/{type}-{conversation}.{format}.zst"

// DefaultParquetTemplate makes files for each user, as many small ones are slow to
// query.
const DefaultParquetTemplate = "{user}/messages.{format}"

// compressed ends the names of compressed files.
const compressed = ".zst"

// Template names the file of each conversation.
type Template struct {
	text   string
	format Format
}

// scope is what one file holds.
type scope int

const (
	oneConversation scope = iota
	oneUser
	allUsers
)

// ParseTemplate parses a path with the placeholders {user}, {type},
// {conversation} and {format}. A path that leaves the export's folder, unknown
// placeholders, and a path that names users and conversations but can be the
// same for two of them, are a fault.Usage.
func ParseTemplate(text string, format Format) (Template, error) {
	t := Template{text: text, format: format}
	for part := range strings.SplitSeq(text, "/") {
		if part == "" || strings.HasPrefix(part, ".") {
			return t, fault.New(fault.Usage, "the path template %q has a part that is empty or begins with a dot", text).
				WithHint("it is a path below --out, such as %s", DefaultTemplate)
		}
		if filled := t.fill(part, "o", "t", "c"); fsutil.SafeName(filled) != filled {
			return t, fault.New(fault.Usage, "the path template %q has a part that some file systems refuse: %q", text, part)
		}
	}
	if strings.ContainsAny(t.fill(text, "o", "t", "c"), "{}") {
		return t, fault.New(fault.Usage, "the path template %q has an unknown placeholder", text).
			WithHint("there are {user}, {type}, {conversation} and {format}")
	}
	if format == Parquet && t.compress() {
		return t, fault.New(fault.Usage, "the path template %q ends with %s, and Parquet files are compressed inside", text, compressed).
			WithHint("use a path such as %s", DefaultParquetTemplate)
	}
	first, _, _ := strings.Cut(text, "/")
	if !strings.Contains(first, "{user}") && !strings.Contains(first, "{conversation}") && isManifest(t.fill(first, "", "", "")) {
		return t, fault.New(fault.Usage, "%s is the name of the manifest", ManifestName).
			WithHint("choose another path, such as %s", DefaultTemplate)
	}
	if !t.unambiguous() {
		return t, fault.New(fault.Usage, "with the path template %q, user a-b with c and user a with b-c would share a file", text).
			WithHint("put {user} and {conversation} into different parts of the path, as in %s", DefaultTemplate)
	}
	return t, nil
}

// unambiguous reports whether a path that names users and conversations is never
// the same for two of them: an ID can hold whatever stands between the two,
// except a slash.
func (t Template) unambiguous() bool {
	if !t.has("{user}") || !t.has("{conversation}") {
		return true
	}
	for part := range strings.SplitSeq(t.text, "/") {
		if strings.Contains(part, "{user}") != strings.Contains(part, "{conversation}") {
			return true
		}
	}
	return false
}

func (t Template) has(placeholder string) bool { return strings.Contains(t.text, placeholder) }

// String returns the template as it was given.
func (t Template) String() string { return t.text }

func (t Template) compress() bool { return strings.HasSuffix(t.text, compressed) }

// scope returns what one file holds: all that the path does not distinguish.
func (t Template) scope() scope {
	switch {
	case !t.has("{user}"):
		return allUsers
	case !t.has("{conversation}") || !t.has("{type}"):
		return oneUser
	default:
		return oneConversation
	}
}

// path returns the path of a conversation's file, with /, before parts are
// numbered. An ID that is safe by itself need not be so in its place: a user can
// be called manifest, and c{user} makes a device name of the user on.
func (t Template) path(ref roaming.Ref) string {
	path := t.fill(t.text, safeID(ref.User), string(ref.Type), safeID(ref.Conversation))
	for i, part := range strings.Split(path, "/") {
		if i == 0 && isManifest(part) || fsutil.SafeName(part) != part {
			return t.fill(t.text, hashedID(ref.User), string(ref.Type), hashedID(ref.Conversation))
		}
	}
	return path
}

func (t Template) fill(text, user, chatType, conversation string) string {
	return strings.NewReplacer("{user}", user, "{type}", chatType, "{conversation}", conversation, "{format}", string(t.format)).Replace(text)
}

// isManifest reports whether a name is the manifest's on any file system. Other
// names of the export's own begin with a dot, and names by a template do not.
func isManifest(name string) bool { return folded(name) == ManifestName }

// safeID returns an ID as a part of a file name. No two IDs share a name on any
// file system: an ID gets digits of its hash if it has to be changed, or differs
// from another only in capitals or in the form of its accents.
func safeID(id string) string {
	if fsutil.SafeName(id) == id && !strings.ContainsFunc(id, ambiguous) && folded(id) == id {
		return id
	}
	return hashedID(id)
}

// ambiguous reports whether a file system may take a character for others, or
// for none: ß for ss, a variation selector for nothing. ~ precedes a hash.
func ambiguous(r rune) bool {
	return r == '~' || r > unicode.MaxASCII && !unicode.Is(unicode.Han, r)
}

// folded returns the same for names that a file system may take for one. ToUpper
// comes first as some letters do not come back from capitals: ſ becomes s.
func folded(id string) string {
	return norm.NFC.String(strings.ToLower(strings.ToUpper(id)))
}

// hashedID returns an ID as a part of a file name, with digits of its hash.
func hashedID(id string) string {
	const digits = 10
	sum := sha256.Sum256([]byte(id))
	return fsutil.SafeName(id) + "~" + hex.EncodeToString(sum[:])[:digits]
}

// part returns the path of a file's part n, from 1: it has a number before the
// extensions.
func part(path string, n int) string {
	stem, extensions := cutExtensions(path)
	return fmt.Sprintf("%s-%04d%s", stem, n, extensions)
}

func cutExtensions(path string) (stem, extensions string) {
	for _, ending := range []string{".ndjson" + compressed, ".csv" + compressed, ".ndjson", ".csv", ".parquet", compressed} {
		if stem, ok := strings.CutSuffix(path, ending); ok {
			return stem, ending
		}
	}
	return path, ""
}

// patterns returns a pattern for the name of each folder of a path and of its
// file, with or without the number of a part.
func (t Template) patterns() []*regexp.Regexp {
	stem, extensions := cutExtensions(t.fill(t.text, "{user}", "{type}", "{conversation}"))
	text := regexp.QuoteMeta(stem) + `(-\d{4,})?` + regexp.QuoteMeta(extensions)
	text = strings.NewReplacer(`\{user\}`, ".+", `\{type\}`, "(chat|group|room)", `\{conversation\}`, ".+").Replace(text)
	if t.format == Parquet {
		dir, name := cutDir(text)
		text = dir + parquetfile.MonthPattern + "/" + name
	}
	var patterns []*regexp.Regexp
	for name := range strings.SplitSeq(text, "/") {
		patterns = append(patterns, regexp.MustCompile("(?is)^"+name+"$"))
	}
	return patterns
}
