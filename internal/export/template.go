package export

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// DefaultTemplate is where files go when nobody says: one for each conversation.
const DefaultTemplate = "{owner}/{type}-{conversation}.{format}.zst"

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

// ParseTemplate reads a path with the placeholders {owner}, {type},
// {conversation} and {format}. A path that leaves the export's folder, and
// unknown placeholders, are a fault.Usage.
func ParseTemplate(text string, format Format) (Template, error) {
	t := Template{text: text, format: format}
	for part := range strings.SplitSeq(text, "/") {
		switch {
		case part == "" || strings.HasPrefix(part, "."):
			return t, fault.New(fault.Usage, "the path template %q has a part that is empty or begins with a dot", text).
				WithHint("it is a path below --out, such as %s", DefaultTemplate)
		case strings.ContainsAny(part, `\:*?"<>|`) || strings.ContainsFunc(part, isControl):
			return t, fault.New(fault.Usage, "the path template %q has characters that not every file system takes", text)
		}
	}
	if rest := t.fill("o", "t", "c"); strings.ContainsAny(rest, "{}") {
		return t, fault.New(fault.Usage, "the path template %q has a placeholder that is not known", text).
			WithHint("there are {owner}, {type}, {conversation} and {format}")
	}
	if strings.HasPrefix(text, ManifestName) {
		return t, fault.New(fault.Usage, "%s is the manifest's own name", ManifestName)
	}
	return t, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// String is the template as it was given.
func (t Template) String() string { return t.text }

func (t Template) compress() bool { return strings.HasSuffix(t.text, compressed) }

// scope tells how much shares a file: whatever the path does not tell apart.
func (t Template) scope() scope {
	has := func(name string) bool { return strings.Contains(t.text, name) }
	switch {
	case !has("{owner}"):
		return everything
	case !has("{conversation}") || !has("{type}"):
		return oneUser
	default:
		return oneConversation
	}
}

// volume is the path of a conversation's file, with /, before parts are
// numbered.
func (t Template) volume(ref roaming.Ref) string {
	return t.fill(safe(ref.Owner), string(ref.Type), safe(ref.Conversation))
}

func (t Template) fill(owner, chatType, conversation string) string {
	return strings.NewReplacer("{owner}", owner, "{type}", chatType, "{conversation}", conversation, "{format}", string(t.format)).Replace(t.text)
}

// safe is an ID as a part of a file's name. Two IDs never share a name, on no
// file system: what had to be changed, or differs from another only in its
// capitals, gets a few digits of its sum.
func safe(id string) string {
	name := backup.SafeName(id)
	if name == id && !strings.ContainsRune(id, '~') && strings.ToLower(id) == id {
		return name
	}
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
