package tokens

import "iter"

// Of yields the tokens of a normalised text, in its order. No token has a space or
// an ASCII character other than lower-case letters and digits.
func Of(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		s := scanner{text: text}
		for s.next() {
			if !yield(s.token()) {
				return
			}
		}
	}
}
