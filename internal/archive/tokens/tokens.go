package tokens

import "unicode/utf8"

// maxToken bounds a token, in bytes. What is longer, such as base64, is found by
// its beginning and then by the rule.
const maxToken = 64

// AppendJoined appends the tokens of a normalised text, each with a space
// behind it: the form for an index that splits at spaces.
func AppendJoined(b []byte, text string) []byte {
	s := scanner{text: text}
	for s.next() {
		b = append(append(b, s.token()...), ' ')
	}
	return b
}

// scanner goes through the tokens of a text.
type scanner struct {
	text       string
	start, end int // of the token
	class      class
}

// next moves on to the next token, if there is one.
func (s *scanner) next() bool {
	for i := s.end; i < len(s.text); {
		r, size := utf8.DecodeRuneInString(s.text[i:])
		s.class = classOf(r)
		s.start, s.end = i, i+size
		switch s.class {
		case word:
			s.takeWord()
			return true
		case solo:
			return true
		case none, joined: // a joined mark of a word is within it
		}
		i = s.end
	}
	return false
}

// takeWord extends the token to the end of its word.
func (s *scanner) takeWord() {
	for s.end < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[s.end:])
		if c := classOf(r); c != word && c != joined {
			return
		}
		s.end += size
	}
}

// token is the current token. NFKC leaves no full-width forms in a text, so
// these can stand for the ASCII symbols, which an index would drop.
func (s *scanner) token() string {
	t := s.text[s.start:s.end]
	if s.class == solo && t[0] < utf8.RuneSelf {
		return string(rune(t[0]) - '!' + 0xff01)
	}
	return bounded(t)
}

// bounded is the beginning of a token that fits maxToken.
func bounded(t string) string {
	if len(t) <= maxToken {
		return t
	}
	end := maxToken
	for !utf8.RuneStart(t[end]) {
		end--
	}
	return t[:end]
}
