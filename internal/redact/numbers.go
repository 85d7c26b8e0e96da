package redact

import (
	"strings"
)

// digits is a run of digits in a normal text. X, the last character of some ID cards,
// counts as one at its end.
type digits struct{ span }

// minDigits is how many digits the shortest number to look for has.
const minDigits = 8

// hasDigits reports whether a text has so many digits.
func hasDigits(text string, n int) bool {
	for i := 0; i < len(text) && n > 0; i++ {
		if isDigit(text[i]) {
			n--
		}
	}
	return n == 0
}

// The most digits that a number to look for has, and what may stand between them.
const (
	maxDigits     = len("0086") + 15
	maxSeparators = 8
	separators    = " -._()\t\n/,*~、"
)

// numbers finds numbers of the given kinds: of the runs of digits that only
// separators divide, the longest that is one. A number has no digits before or after
// it.
func numbers(text string, wanted []numberKind) (found []hit) {
	runs := runsOf(text)
	for i := 0; i < len(runs); i++ {
		last := i
		for total := runs[i].length(); last+1 < len(runs) && joined(text, runs[last], runs[last+1]); last++ {
			if total += runs[last+1].length(); total > maxDigits {
				break
			}
		}
		for ; last >= i; last-- {
			if h, ok := number(text, runs[i:last+1], wanted); ok {
				found = append(found, h)
				i = last
				break
			}
		}
	}
	return found
}

func runsOf(text string) (runs []digits) {
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) {
			continue
		}
		from := i
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		if i < len(text) && (text[i] == 'X' || text[i] == 'x') && (i+1 == len(text) || !isASCII(rune(text[i+1]))) {
			i++
		}
		runs = append(runs, digits{span{from, i}})
	}
	return runs
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isASCII reports whether a character is a letter or a digit of ASCII.
func isASCII(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9' }

// joined reports whether only separators are between two runs.
func joined(text string, a, b digits) bool {
	between := text[a.to:b.from]
	return len(between) <= maxSeparators && strings.Trim(between, separators) == ""
}

// numberKind is a kind of numbers.
type numberKind struct {
	name Detector
	is   func(*candidate) bool
}

// candidate is what may be a number.
type candidate struct {
	digits  string
	sizes   []int // of its runs
	plus    bool  // a + precedes it
	at      span
	literal string // what numbers that are written differently have in common
}

// number returns the number that the runs are, if they are one of the wanted kinds.
func number(text string, runs []digits, wanted []numberKind) (hit, bool) {
	c := candidate{at: span{runs[0].from, runs[len(runs)-1].to}}
	for _, r := range runs {
		c.digits += text[r.from:r.to]
		c.sizes = append(c.sizes, r.length())
	}
	if before := strings.TrimRight(text[:c.at.from], " "); strings.HasSuffix(before, "+") && (len(before) == 1 || !isDigit(before[len(before)-2])) {
		c.plus, c.at.from = true, len(before)-1
	}
	for {
		c.literal = strings.ToUpper(c.digits)
		for _, k := range wanted {
			if k.is(&c) {
				return hit{span: c.at, name: k.name, literal: c.literal}, true
			}
		}
		without := strings.TrimRight(c.digits, "Xx") // an x that is no digit
		if without == c.digits {
			return hit{}, false
		}
		c.digits, c.at.to = without, c.at.to-1
		c.sizes[len(c.sizes)-1]--
	}
}
