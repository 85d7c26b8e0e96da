// Package redact takes out of messages what must not be handed on. Rules say what that
// is: detectors of numbers and addresses, words, regular expressions and queries. A
// Redactor applies them to messages before anything is written, leaves out what no
// rule allows, and checks what was written. docs/redaction.md describes it.
package redact

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/cases"

	"github.com/roamctl/roamctl/internal/archive/query"
)

// Detector finds one kind of thing in texts.
type Detector string

// The detectors, and the names of the other rules in outputs.
const (
	Mobile   Detector = "mobile"
	Phone    Detector = "phone"
	IDCard   Detector = "id_card"
	BankCard Detector = "bank_card"
	Email    Detector = "email"
	IP       Detector = "ip"

	Words     Detector = "word"
	Regexps   Detector = "regexp"
	Queries   Detector = "query"
	OtherUser Detector = "other_user" // --only-user
	LeftOut   Detector = "left_out"   // no rule allows the field
)

// Detectors are those that look at texts by themselves, by their priority.
func Detectors() []Detector { return []Detector{Mobile, IDCard, BankCard, Phone, Email, IP} }

// Field is what a message has besides the text of a text message. Rules allow it by
// name.
type Field string

// The fields.
const (
	FileNames   Field = "file_names"
	Captions    Field = "captions"
	Locations   Field = "locations"
	Commands    Field = "commands"
	Customs     Field = "custom"
	Combined    Field = "combined"
	Attachments Field = "attachments"
	Sizes       Field = "sizes"
	Extensions  Field = "ext"
	Reactions   Field = "reactions"
	Threads     Field = "threads"
	Unknown     Field = "unknown"
)

// Fields are all fields.
func Fields() []Field {
	return []Field{FileNames, Captions, Locations, Commands, Customs, Combined, Attachments, Sizes, Extensions, Reactions, Threads, Unknown}
}

// Rules say what is taken out.
type Rules struct {
	detectors []Detector
	numbers   []numberKind
	addresses *addresses
	words     *regexp.Regexp // nil for none
	regexps   []*regexp.Regexp
	queries   []query.Query
	fields    []Field             // that are kept
	kept      map[string]struct{} // literals that no detector takes
	digest    string
}

// Digest is the SHA-256 of the file.
func (r *Rules) Digest() string { return r.digest }

// Allows reports whether a field is kept.
func (r *Rules) Allows(f Field) bool { return slices.Contains(r.fields, f) }

func (r *Rules) has(d Detector) bool { return slices.Contains(r.detectors, d) }

// allowed reports whether a literal is kept, however it is written.
func (r *Rules) allowed(literal string) bool {
	_, ok := r.kept[bare(literal)]
	return ok
}

// bare is a literal without what only divides it, for comparison.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) || r == '+' {
			return -1
		}
		return r
	}, folded(normalOf(s).text))
}

func folded(s string) string { return cases.Fold().String(s) }

// newRules completes rules. Longer words come first: they may begin with shorter ones.
func newRules(raw []byte, detectors []Detector, words []string) *Rules {
	sum := sha256.Sum256(raw)
	r := &Rules{detectors: detectors, addresses: newAddresses(), kept: map[string]struct{}{}, digest: hex.EncodeToString(sum[:])}
	is := map[Detector]func(*candidate) bool{Mobile: isMobile, IDCard: isIDCard, BankCard: isBankCard, Phone: isPhone}
	for _, d := range Detectors() {
		if is[d] != nil && r.has(d) {
			r.numbers = append(r.numbers, numberKind{d, is[d]})
		}
	}
	var patterns []string
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	for _, w := range words {
		parts := strings.Fields(normalOf(w).text)
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		patterns = append(patterns, strings.Join(parts, `\s+`))
	}
	if len(patterns) > 0 {
		r.words = regexp.MustCompile(`(?i:` + strings.Join(patterns, "|") + `)`)
	}
	return r
}
