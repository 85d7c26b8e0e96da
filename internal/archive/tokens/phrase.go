package tokens

// Phrase is what an index is asked for to find the texts that a term may hit:
// tokens one after the other.
type Phrase struct {
	Tokens []string
	Prefix bool // the last one may be the beginning of a token
}

// PhraseOf is the phrase of a normalised term. It is not ok for a term without
// a token that is sure to be in every text that the term hits: only a scan
// finds those.
func PhraseOf(term string) (p Phrase, ok bool) {
	s := scanner{text: term, end: leadingMarks(term)}
	marked := s.end
	for s.next() {
		// After leading marks a word may be the rest of one.
		if s.class == word && s.start == marked && marked > 0 {
			continue
		}
		p.Tokens = append(p.Tokens, s.token())
		p.Prefix = s.class == word && s.end == len(term)
	}
	return p, len(p.Tokens) > 0
}

// leadingMarks is the length of the marks that a term begins with.
func leadingMarks(term string) int {
	for i, r := range term {
		if classOf(r) != joined {
			return i
		}
	}
	return len(term)
}
