// Package secrets redacts the secrets in use from errors, logs and journals. A host may
// repeat a secret in any form, so text is compared without case, spaces and
// punctuation, with its escapes resolved, and with each secret's hex and base64 forms.
package secrets

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/roamctl/roamctl/internal/fault"
)

// Redacted replaces a secret.
const Redacted = "[redacted]"

const (
	gram    = 12       // letters and digits of a secret in a row that are redacted
	least   = 6        // letters and digits of a secret that is found in other forms
	minimum = 4        // bytes of a secret: a shorter one would be found everywhere
	recent  = 32       // tokens known after their last use
	longest = 64 << 10 // bytes examined together
)

// part is a gram, or a shorter form that zeros fill up.
type part [gram]byte

func newPart(text []byte) (p part) {
	copy(p[:], text)
	return p
}

// Redactor redacts the secrets that it knows. The zero value knows none. It is safe for
// concurrent use.
type Redactor struct {
	mu     sync.RWMutex
	kept   []string
	held   map[string]int // uses of the tokens in use
	tokens []string       // recent ones, oldest first
	exact  []string       // secrets too short for forms
	// parts count the grams of all forms, and the forms shorter than a gram, by
	// length.
	parts [gram + 1]map[part]int
}

// Add adds a secret.
func (r *Redactor) Add(secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(secret) < minimum || slices.Contains(r.kept, secret) {
		return
	}
	r.kept = append(r.kept, secret)
	if len(canonical(plain(secret))) < least {
		r.exact = append(r.exact, secret)
	}
	for _, once := range forms(secret) {
		for _, twice := range forms(once) {
			r.count(twice, 1)
		}
	}
}

// AddRecent adds a token until enough others are added.
func (r *Redactor) AddRecent(token string) { r.Hold(token)() }

// Hold adds a token until release is called, and then like AddRecent.
func (r *Redactor) Hold(token string) (release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(canonical(plain(token))) < least || slices.Contains(r.kept, token) {
		return func() {}
	}
	if at := slices.Index(r.tokens, token); at >= 0 {
		r.tokens = slices.Delete(r.tokens, at, at+1)
	} else if r.held[token] == 0 {
		r.countForms(token, 1)
	}
	if r.held == nil {
		r.held = map[string]int{}
	}
	r.held[token]++
	return func() { r.release(token) }
}

func (r *Redactor) release(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[token]--
	if r.held[token] > 0 {
		return
	}
	delete(r.held, token)
	if len(r.tokens) == recent {
		r.countForms(r.tokens[0], -1)
		r.tokens = slices.Delete(r.tokens, 0, 1)
	}
	r.tokens = append(r.tokens, token)
}

func (r *Redactor) countForms(token string, by int) {
	for _, form := range forms(token) {
		r.count(form, by)
	}
}

// count adds a form by times.
func (r *Redactor) count(form string, by int) {
	text := letters(canonical(plain(form)))
	n := min(gram, len(text))
	if n < least {
		return
	}
	if r.parts[n] == nil {
		r.parts[n] = map[part]int{}
	}
	for i := range len(text) - n + 1 {
		p := newPart(text[i : i+n])
		if r.parts[n][p] += by; r.parts[n][p] <= 0 {
			delete(r.parts[n], p)
		}
	}
}

// Text returns s with the secrets redacted.
func (r *Redactor) Text(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.kept)+len(r.tokens)+len(r.held) == 0 {
		return s
	}
	if len(s) <= longest {
		return r.piece(s)
	}
	var b strings.Builder
	for s != "" {
		n := min(longest, len(s))
		b.WriteString(r.piece(s[:n]))
		s = s[n:]
	}
	return b.String()
}

func (r *Redactor) piece(s string) string {
	for _, secret := range r.exact {
		s = strings.ReplaceAll(s, secret, Redacted)
	}
	covered := make([]bool, len(s))
	found := false
	for units := plain(s); ; {
		found = r.cover(canonical(units), covered) || found
		decoded, changed := decode(units)
		if !changed {
			break
		}
		units = decoded
	}
	if !found {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && covered[i] == covered[start] {
			i++
		}
		if covered[start] {
			b.WriteString(Redacted)
		} else {
			b.WriteString(s[start:i])
		}
	}
	return b.String()
}

// cover marks the bytes of secrets in c.
func (r *Redactor) cover(c []unit, covered []bool) (found bool) {
	text := letters(c)
	for n, parts := range r.parts {
		if len(parts) == 0 {
			continue
		}
		for i := 0; i+n <= len(text); i++ {
			if parts[newPart(text[i:i+n])] == 0 {
				continue
			}
			found = true
			for at := c[i].from; at < c[i+n-1].to; at++ {
				covered[at] = true
			}
		}
	}
	return found
}

// Error returns err with the secrets redacted. errors.Is and errors.As still find what
// err wraps. It changes a fault.Error itself.
func (r *Redactor) Error(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := err.(*fault.Error); ok { //nolint:errorlint // the outermost alone
		f.Message, f.Hint = r.Text(f.Message), r.Text(f.Hint)
		f.ServiceError, f.RequestID = r.Text(f.ServiceError), r.Text(f.RequestID)
		f.Err = r.Error(f.Err)
		return f
	}
	if inner := errors.Unwrap(err); inner != nil {
		_ = r.Error(inner) // a fault in it shows its fields
	}
	before := err.Error()
	if after := r.Text(before); after != before {
		return &redactedError{after, err}
	}
	return err
}

type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return e.err }
