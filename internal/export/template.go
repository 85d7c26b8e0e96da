package export

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// DefaultTemplate is where files go when nobody says: one for each conversation.
const DefaultTemplate = "{user}/{type}-{conversation}.{format}.zst"

// compressed is how the names of compressed files end.
const compressed = ".zst"

// Template says which file a conversation goes to.
type Template struct {
	text   string
	format Format
}

// scope is how much goes into one file.
type scope int

const (
	oneConversation scope = iota
	oneUser
	everything
)

// ParseTemplate reads a path with the placeholders {user}, {type},
// {conversation} and {format}. A path that leaves the export's folder, unknown
// placeholders, and a path that may be the same for two users' conversations
// though it names both, are a fault.Usage.
func ParseTemplate(text string, format Format) (Template, error) {
	t := Template{text: text, format: format}
	for part := range strings.SplitSeq(text, "/") {
		filled := t.with(part, "o", "t", "c")
		if part == "" || strings.HasPrefix(part, ".") {
			return t, fault.New(fault.Usage, "the path template %q has a part that is empty or begins with a dot", text).
				WithHint("it is a path below --out, such as %s", DefaultTemplate)
		}
		if backup.SafeName(filled) != filled {
			return t, fault.New(fault.Usage, "the path template %q has a part that not every file system takes: %q", text, part)
		}
	}
	if rest := t.fill("o", "t", "c"); strings.ContainsAny(rest, "{}") {
		return t, fault.New(fault.Usage, "the path template %q has a placeholder that is not known", text).
			WithHint("there are {user}, {type}, {conversation} and {format}")
	}
	if first, _, _ := strings.Cut(text, "/"); !names(first) && ours(t.fillPart(first)) {
		return t, fault.New(fault.Usage, "%s is the manifest's own name", ManifestName).
			WithHint("choose another path, such as %s", DefaultTemplate)
	}
	if !t.tellsApart() {
		return t, fault.New(fault.Usage, "by the path template %q, user a-b with c and user a with b-c would share a file", text).
			WithHint("put {user} and {conversation} into different parts of the path, as in %s", DefaultTemplate)
	}
	return t, nil
}

// tellsApart tells whether a path that names users and conversations never names
// two alike: IDs can hold whatever stands between them, but for a slash.
func (t Template) tellsApart() bool {
	both, apart := t.has("{user}") && t.has("{conversation}"), false
	for part := range strings.SplitSeq(t.text, "/") {
		apart = apart || strings.Contains(part, "{user}") != strings.Contains(part, "{conversation}")
	}
	return apart || !both
}

func (t Template) has(placeholder string) bool { return strings.Contains(t.text, placeholder) }

// String is the template as it was given.
func (t Template) String() string { return t.text }

func (t Template) compress() bool { return strings.HasSuffix(t.text, compressed) }

// scope tells how much shares a file: whatever the path does not tell apart.
func (t Template) scope() scope {
	switch {
	case !t.has("{user}"):
		return everything
	case !t.has("{conversation}") || !t.has("{type}"):
		return oneUser
	default:
		return oneConversation
	}
}

// volume is the path of a conversation's file, with /, before parts are
// numbered.
func (t Template) volume(ref roaming.Ref) string {
	path := t.fill(safe(ref.User), string(ref.Type), safe(ref.Conversation))
	if !usable(path) {
		return t.fill(summed(ref.User), string(ref.Type), summed(ref.Conversation))
	}
	return path
}

// holds tells whether a path is a conversation's: by today's names, or by those of
// the first format, which took letters that some file systems take for others.
func (t Template) holds(path string, ref roaming.Ref) bool {
	return path == t.volume(ref) || path == t.fill(formerly(ref.User), string(ref.Type), formerly(ref.Conversation))
}

func formerly(id string) string {
	if backup.SafeName(id) == id && !strings.ContainsRune(id, '~') && folded(id) == id {
		return id
	}
	return summed(id)
}

// usable tells whether a path collides with nothing of the export's own, and every
// file system takes it. An ID that is safe by itself need not be so in its place: a
// user can be called manifest, and c{user} makes a device of the user on.
func usable(path string) bool {
	for i, part := range strings.Split(path, "/") {
		if i == 0 && ours(part) || backup.SafeName(part) != part {
			return false
		}
	}
	return true
}

// ours tells whether a name in the export's folder is the manifest's, on any file
// system. The other names of ours begin with a dot, which none of these does.
func ours(name string) bool { return folded(name) == ManifestName }

// names tells whether a part of a template names users or conversations.
func names(part string) bool {
	return strings.Contains(part, "{user}") || strings.Contains(part, "{conversation}")
}

func (t Template) fillPart(part string) string { return t.with(part, "", "", "") }

func (t Template) fill(user, chatType, conversation string) string {
	return t.with(t.text, user, chatType, conversation)
}

func (t Template) with(text, user, chatType, conversation string) string {
	return strings.NewReplacer("{user}", user, "{type}", chatType, "{conversation}", conversation, "{format}", string(t.format)).Replace(text)
}

// safe is an ID as a part of a file's name. Two IDs never share a name, on no
// file system: what had to be changed, or differs from another only in its
// capitals or in how its accents are written, gets a few digits of its sum.
func safe(id string) string {
	name := backup.SafeName(id)
	if name == id && !strings.ContainsFunc(id, ambiguous) && folded(id) == id {
		return name
	}
	return summed(id)
}

// ambiguous tells whether a file system may take a character for others, or for
// none: ß for ss, a variation selector for nothing. ~ begins the digits of a sum.
func ambiguous(r rune) bool {
	return r == '~' || r > unicode.MaxASCII && !unicode.Is(unicode.Han, r)
}

// folded is the same for what a file system may take for the same name. Not
// every letter comes back from capitals as it was: ſ becomes s.
func folded(id string) string {
	return norm.NFC.String(strings.ToLower(strings.ToUpper(id)))
}

// summed is an ID as a part of a file's name, with digits of its sum.
func summed(id string) string {
	name := backup.SafeName(id)
	const digits = 10
	sum := sha256.Sum256([]byte(id))
	return name + "~" + hex.EncodeToString(sum[:])[:digits]
}

// part is the path of a part of a volume, from 1: a number before the ending.
func part(volume string, n int) string {
	for _, ending := range []string{".ndjson" + compressed, ".csv" + compressed, ".ndjson", ".csv", compressed} {
		if stem, ok := strings.CutSuffix(volume, ending); ok {
			return fmt.Sprintf("%s-%04d%s", stem, n, ending)
		}
	}
	return fmt.Sprintf("%s-%04d", volume, n)
}
