package redact

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Options are what a bundle's redaction has besides rules. A bundle is what one
// command writes.
type Options struct {
	// OnlyUser, if not "", is the user whose words are kept: all words of others are
	// replaced.
	OnlyUser string
	// Salt makes the pseudonyms. Without one they are other ones in every bundle.
	Salt []byte
	// Log, if not nil, is called with what was replaced in a message, or left out of
	// it. Calls do not overlap.
	Log func(Entry) error
}

// Entry is what became of a field of a message. It has no words.
type Entry struct {
	Message  string   `json:"message"` // its ID
	Field    string   `json:"field"`
	Detector Detector `json:"detector"`
	Count    int      `json:"count"`
}

// Redactor redacts the messages of a bundle and checks its files. It is safe for
// concurrent use.
type Redactor struct {
	rules    *Rules
	onlyUser string
	salt     []byte
	replaced *regexp.Regexp // what text puts into texts
	cut      *regexp.Regexp // parts of that where a snippet begins and ends

	mu      sync.Mutex
	log     func(Entry) error
	failed  error            // of the log
	counts  map[Detector]int // of fields and parts of texts
	touched int              // messages
	noted   map[string]*note // of messages, by ID
	checked *note            // the last one that was checked
	found   *parts           // of checked
}

// note is what the check of a message has to know. There is one for each message with a
// replacement, so it has no compiled pattern.
type note struct {
	parts []part
	whole bool // nothing of it is kept
}

const saltBytes = 32

// NewSalt returns a salt.
func NewSalt() []byte {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // it never fails
	return salt
}

// New returns a redactor for one bundle.
func New(rules *Rules, o Options) *Redactor {
	if o.Salt == nil {
		o.Salt = NewSalt()
	}
	return &Redactor{
		rules: rules, onlyUser: o.OnlyUser, salt: o.Salt, replaced: replacements(), log: o.Log,
		cut:    regexp.MustCompile(`^…[a-z2-7]{0,10}\]|\[(?:[a-z_]*-)?[a-z2-7]{0,9}…$`),
		counts: map[Detector]int{}, noted: map[string]*note{},
	}
}

// Rules returns the rules.
func (r *Redactor) Rules() *Rules { return r.rules }

// Header is what a bundle says of its redaction: bundles with the same one have the
// same pseudonyms.
type Header struct {
	Rules    string `json:"rules"`               // SHA-256 of the file
	OnlyUser string `json:"only_user,omitempty"` // whose words are kept
	Salt     string `json:"salt"`                // the beginning of its SHA-256
}

// Header returns the bundle's.
func (r *Redactor) Header() Header {
	const digits = 16
	sum := sha256.Sum256(r.salt)
	return Header{Rules: r.rules.digest, OnlyUser: r.onlyUser, Salt: hex.EncodeToString(sum[:])[:digits]}
}

// String says in words what a bundle has.
func (h Header) String() string {
	text := "redacted by rules with SHA-256 " + h.Rules
	if h.OnlyUser != "" {
		text += ", and with the words of " + h.OnlyUser + " only"
	}
	return text
}

// Summary says what was replaced so far.
func (r *Redactor) Summary() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, c := range []struct {
		detector  Detector
		one, many string
	}{
		{Mobile, "mobile number", "mobile numbers"},
		{IDCard, "ID card number", "ID card numbers"},
		{BankCard, "bank card number", "bank card numbers"},
		{Phone, "phone number", "phone numbers"},
		{Email, "email address", "email addresses"},
		{IP, "IP address", "IP addresses"},
		{Words, "word", "words"},
		{Regexps, "match of a regexp", "matches of regexps"},
		{Queries, "field by a query", "fields by queries"},
		{OtherUser, "field of another user", "fields of other users"},
	} {
		if n := r.counts[c.detector]; n > 0 {
			all = append(all, render.CountOf(n, c.one, c.many))
		}
	}
	text := "nothing replaced"
	if len(all) > 0 {
		text = "replaced " + strings.Join(all, ", ")
	}
	if n := r.counts[LeftOut]; n > 0 {
		text += ", left out " + render.Count(n, "field")
	}
	if r.touched > 0 {
		text += " in " + render.Count(r.touched, "message")
	}
	return text
}

// Text redacts a text that is no message's, such as a query.
func (r *Redactor) Text(s string) string {
	return r.text(s, nil, 0, func(hit, string) {})
}

// Unreadable returns an item that can't be read without its bytes: no rule can say what
// is in them.
func (r *Redactor) Unreadable(item *roaming.ItemError) *roaming.ItemError {
	if item == nil {
		return nil
	}
	safe := *item
	safe.Raw, safe.Err = "", errUnreadable
	return &safe
}

// save notes what became of a message.
func (r *Redactor) save(id string, n *note, entries []Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n != nil && id != "" {
		r.noted[id] = n
	}
	if len(entries) > 0 {
		r.touched++
	}
	for _, e := range entries {
		r.counts[e.Detector] += e.Count
		if r.log != nil && r.failed == nil {
			r.failed = r.log(e)
		}
	}
}

// noteOf returns the note of a message, nil for none, and its parts. A record is checked
// field by field, so the last parts are kept.
func (r *Redactor) noteOf(id string) (*note, *parts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.noted[id]
	if n == nil {
		return nil, nil
	}
	if n != r.checked {
		r.checked, r.found = n, partsOf(n.parts)
	}
	return n, r.found
}

// Err is the first error of the log.
func (r *Redactor) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}
