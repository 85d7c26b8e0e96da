package backup

import (
	"cmp"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/roamctl/roamctl/internal/roaming"
)

// maxName is the length of a name in bytes. File systems take 255; what we put
// around a name fits in the rest.
const maxName = 160

// Name proposes a backup's name: when it was made, whose it is, and the run.
func Name(at time.Time, s Scope) string {
	parts := []string{at.UTC().Format("20060102T150405Z"), s.User}
	for _, part := range []string{s.Conversation, s.RunID} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return SafeName(strings.Join(parts, "-"))
}

// SafeName makes a file name of any text, for every file system that we know:
// letters of all scripts stay; separators, control and invisible characters
// (bidirectional overrides among them) become underscores; names that Windows
// reserves, leading dots and hyphens, trailing dots and spaces go; what is too
// long is cut before its extension. It is at most 160 bytes and never empty.
func SafeName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, s)
	s = strings.TrimRight(strings.TrimLeft(s, ".- "), ". ")
	ext := filepath.Ext(s)
	if len(ext) > 16 || strings.ContainsFunc(strings.TrimPrefix(ext, "."), notAlphanumeric) {
		ext = ""
	}
	s = strings.TrimRight(cut(strings.TrimSuffix(s, ext), maxName-len(ext)-1), ". ")
	if s == "" || reserved(s) {
		s = "_" + s
	}
	return s + ext
}

func notAlphanumeric(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// cut shortens s to at most n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// reserved tells whether Windows takes a name for a device, whatever its extension.
func reserved(s string) bool {
	s, _, _ = strings.Cut(strings.ToUpper(s), ".")
	switch s = strings.TrimRight(s, " "); s {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	device, number := cut(s, 3), strings.TrimPrefix(s, cut(s, 3))
	return (device == "COM" || device == "LPT") && utf8.RuneCountInString(number) == 1 &&
		strings.ContainsAny(number, "0123456789¹²³")
}

// Work that is not finished has names that begin with a dot and end so.
const partialSuffix = ".partial"

func partialName(name string) string { return "." + name + partialSuffix }

func isPartial(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, partialSuffix)
}

// archiveSuffix is the end of every packed backup's name.
const archiveSuffix = ".tar.zst"

func isArchive(name string) bool { return strings.HasSuffix(name, archiveSuffix) }

// attachmentName is the name of a message's attachment in the backup.
func attachmentName(id roaming.MessageID, part, filename string) string {
	name := cmp.Or(id.String(), "no-id") + "-"
	if part != partFile {
		name += part + "-"
	}
	return name + SafeName(filename)
}
