package render

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// clingy are the characters that may not start a line.
const clingy = "，。、；：？！）】》」』”’…—,.;:?!)]}"

// Wrap breaks one line of text between words for a terminal that is width
// columns wide. A text with a word that does not fit, such as a long path, is
// left to the terminal, so that the word can be copied whole. A width of 0 or
// less does not break.
func Wrap(text string, width int) []string {
	for word := range strings.FieldsSeq(text) {
		if displaywidth.String(word) > width {
			return []string{text}
		}
	}
	return wrap(text, width)
}

// Line is Safe of a text that stands behind others on a line.
func Line(text string) string { return carry(Safe(text)) }

// Lines makes a text safe for a terminal and breaks it into lines of width columns, as
// measure counts them: terminals differ in the widths of emoji sequences.
func Lines(text string, width int, measure func(string) int) []string {
	return WrapLines(SafeLines(text), width, measure)
}

// WrapLines is Lines for a text that is safe.
func WrapLines(text string, width int, measure func(string) int) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrapBy(carry(strings.ReplaceAll(line, "\t", "    ")), width, measure)...)
	}
	return lines
}

// wrap breaks one line of text at width columns: after spaces, between wide
// characters (Chinese has no spaces), and anywhere only when a word alone is
// too long. No grapheme cluster is ever split, and no text is lost but the
// spaces at a break. A width of 0 or less does not wrap.
func wrap(text string, width int) []string { return wrapBy(text, width, displaywidth.String) }

func wrapBy(text string, width int, measure func(string) int) []string {
	if width <= 0 || measure(text) <= width {
		return []string{text}
	}
	var lines []string
	var line, word strings.Builder // word is what may not be broken from the next character
	lineWidth, wordWidth := 0, 0
	settle := func() {
		line.WriteString(word.String())
		lineWidth += wordWidth
		word.Reset()
		wordWidth = 0
	}
	end := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		lineWidth = 0
	}
	for clusters := displaywidth.StringGraphemes(text); clusters.Next(); {
		cluster := clusters.Value()
		w := measure(cluster)
		if cluster == " " {
			settle()
			if lineWidth < width && (lineWidth > 0 || len(lines) == 0) {
				line.WriteByte(' ')
				lineWidth++
			}
			continue
		}
		if w > 1 && !strings.Contains(clingy, cluster) {
			settle()
		}
		if lineWidth+wordWidth+w > width {
			if lineWidth == 0 {
				settle()
			}
			end()
		}
		word.WriteString(cluster)
		wordWidth += w
	}
	settle()
	end()
	return lines
}

// carry puts a dotted circle under a combining mark that starts a text, as
// Unicode does: it would join the space before it and move the columns.
func carry(text string) string {
	if text == "" || text[0] < utf8.RuneSelf {
		return text
	}
	clusters := displaywidth.StringGraphemes(" " + text)
	clusters.Next()
	if clusters.Value() == " " {
		return text
	}
	return "◌" + text
}
