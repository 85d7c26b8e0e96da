package fsutil

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the length of a name in bytes. File systems allow 255, of which
// roamctl needs some for its suffixes.
const maxName = 160

// SafeName makes a file name of any text, for every known file system. Letters
// of all scripts stay. Separators, control and invisible characters
// (bidirectional overrides among them) become underscores. Leading dots and
// hyphens, and trailing dots and spaces are removed. A long name is cut before
// its extension, and a name that Windows reserves gets an underscore. The result
// has at most 160 bytes and is never empty.
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

// cut shortens s to at most n bytes, at a character boundary.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// reserved reports whether a name is that of a device on Windows, with any extension.
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
