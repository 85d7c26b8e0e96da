package redact

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/render"
)

// span is a part of a text, in bytes.
type span struct{ from, to int }

func (s span) length() int { return s.to - s.from }

// hit is a part of a text that a rule takes.
type hit struct {
	span

	name    Detector
	literal string // the same for all forms of the same thing
}

// Whole replaces a text of which nothing is kept.
const Whole = "[redacted]"

// maxDepth bounds how often what is left of a text is looked through again.
const maxDepth = 20

// text replaces what the rules and found take in a text. It looks through what is
// between two replacements again, so that nothing can be found in the result. each is
// called with every part that is replaced.
func (r *Redactor) text(s string, found *parts, depth int, each func(h hit, part string)) string {
	hits := r.rules.find(s, found)
	if len(hits) == 0 {
		return r.pieces(s, found, depth, each)
	}
	if depth == maxDepth {
		each(hit{name: hits[0].name}, s)
		return Whole
	}
	var b strings.Builder
	at := 0
	for _, h := range hits {
		b.WriteString(r.text(s[at:h.from], found, depth+1, each))
		each(h, s[h.from:h.to])
		b.WriteString(r.pseudonym(h))
		at = h.to
	}
	b.WriteString(r.text(s[at:], found, depth+1, each))
	return b.String()
}

// pieces replaces what the rules take in the pieces of a text that Check sees by
// themselves: without white space around them, and between what looks like a
// replacement, which any sender can write.
func (r *Redactor) pieces(s string, found *parts, depth int, each func(h hit, part string)) string {
	if s == "" {
		return s
	}
	if core := strings.TrimSpace(s); core != s && depth < maxDepth {
		at := strings.Index(s, core)
		return s[:at] + r.text(core, found, depth+1, each) + s[at+len(core):]
	}
	if depth == maxDepth || !strings.Contains(s, "[") {
		return s
	}
	like := r.replaced.FindStringIndex(s)
	if like == nil {
		return s
	}
	return r.text(s[:like[0]], found, depth+1, each) + s[like[0]:like[1]] + r.text(s[like[1]:], found, depth+1, each)
}

// shown returns the rule that takes something of a redacted text only as documents show
// it; "" for none. They make visible what stands between two numbers and is not seen, and
// the names of files have underscores there.
func (r *Redactor) shown(field, s string, found *parts) Detector {
	forms := []string{render.SafeLines(s)}
	if field == "body.filename" || field == "body.displayName" {
		forms = append(forms, fsutil.SafeName(s))
	}
	for _, form := range forms {
		if form == s {
			continue
		}
		for _, rest := range r.replaced.Split(form, -1) {
			if hits := r.rules.find(rest, found); len(hits) > 0 {
				return hits[0].name
			}
		}
	}
	return ""
}

// pseudonym returns what replaces a hit: the same for the same thing in one bundle.
func (r *Redactor) pseudonym(h hit) string {
	mac := hmac.New(sha256.New, r.salt)
	mac.Write([]byte(string(h.name) + "\x00" + h.literal))
	short := base32.StdEncoding.EncodeToString(mac.Sum(nil)[:pseudonymBytes])
	return "[" + string(h.name) + "-" + strings.ToLower(short) + "]"
}

// pseudonymBytes is how much of a hash a pseudonym has: 8 letters and digits. Of 10,000
// things two have the same with a probability of 1 in 20,000.
const pseudonymBytes = 5

// replacements matches what text puts into texts.
func replacements() *regexp.Regexp {
	var names []string
	for _, d := range append(Detectors(), Words, Regexps) {
		names = append(names, string(d))
	}
	return regexp.MustCompile(`\[(?:(?:` + strings.Join(names, "|") + `)-[a-z2-7]{8}|redacted)\]`)
}

// find returns what the rules and also take in a text, in order and without overlaps.
func (r *Rules) find(s string, also *parts) []hit {
	if s == "" {
		return nil
	}
	n := normalOf(s)
	var found []hit
	for _, h := range append(r.detect(n.text), also.find(n.text)...) {
		if h.length() > 0 && !r.allowed(h.literal) {
			h.span = n.original(h.span)
			found = append(found, h)
		}
	}
	for _, pattern := range r.regexps { // as it came, and in the normal form
		for _, at := range pattern.FindAllStringIndex(s, -1) {
			if at[0] < at[1] {
				found = append(found, hit{span{at[0], at[1]}, Regexps, s[at[0]:at[1]]})
			}
		}
	}
	return merge(found)
}

// detect returns what is found in a normal text.
func (r *Rules) detect(text string) []hit {
	var found []hit
	if hasDigits(text, minDigits) {
		found = numbers(text, r.numbers)
	}
	if r.has(Email) && strings.Contains(text, "@") {
		found = append(found, r.addresses.emails(text)...)
	}
	if r.has(IP) {
		found = append(found, r.addresses.ips(text)...)
	}
	if r.words != nil {
		for _, at := range r.words.FindAllStringIndex(text, -1) {
			found = append(found, hit{span{at[0], at[1]}, Words, folded(text[at[0]:at[1]])})
		}
	}
	for _, pattern := range r.regexps {
		for _, at := range pattern.FindAllStringIndex(text, -1) {
			found = append(found, hit{span{at[0], at[1]}, Regexps, text[at[0]:at[1]]})
		}
	}
	return found
}

// merge joins hits that overlap. The first, and of two that begin together the longer,
// gives the name.
func merge(hits []hit) []hit {
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Or(a.from-b.from, b.to-a.to) })
	var merged []hit
	for _, h := range hits {
		if last := len(merged) - 1; last >= 0 && h.from < merged[last].to {
			merged[last].to = max(merged[last].to, h.to)
			continue
		}
		merged = append(merged, h)
	}
	return merged
}

// part is what was replaced in a message.
type part struct {
	hit

	text string // its normal form
}

// parts are what was replaced in a message, to find it in all of its fields: a regular
// expression may take a word in one place only.
type parts struct {
	all     []part
	known   map[string]hit // by the folded normal form
	pattern *regexp.Regexp // of all that were there when it was built; nil for none
}

// partsOf returns parts that look for all of them.
func partsOf(all []part) *parts {
	p := &parts{}
	for _, one := range all {
		p.add(one.hit, one.text)
	}
	if len(all) > 0 {
		p.build()
	}
	return p
}

// add adds a text that was replaced, and reports whether it is new. It keeps nothing
// else of the message in memory.
func (p *parts) add(h hit, s string) bool {
	text := strings.Clone(normalOf(s).text)
	key := folded(text)
	if _, known := p.known[key]; known || text == "" {
		return false
	}
	if p.known == nil {
		p.known = map[string]hit{}
	}
	h.literal = strings.Clone(h.literal)
	p.known[key] = h
	p.all = append(p.all, part{h, text})
	return true
}

// build makes find look for all that was added.
func (p *parts) build() {
	var quoted []string
	for _, one := range p.all {
		quoted = append(quoted, regexp.QuoteMeta(one.text))
	}
	p.pattern = regexp.MustCompile("(?i:" + strings.Join(quoted, "|") + ")")
}

// find returns where the parts are in a normal text.
func (p *parts) find(text string) (found []hit) {
	if p == nil || p.pattern == nil {
		return nil
	}
	for _, at := range p.pattern.FindAllStringIndex(text, -1) {
		h, known := p.known[folded(text[at[0]:at[1]])]
		if !known {
			h = hit{name: Words, literal: folded(text[at[0]:at[1]])}
		}
		h.span = span{at[0], at[1]}
		found = append(found, h)
	}
	return found
}
