package destroy

import "strconv"

// Plural is a number of things: 1 message, 2 messages.
func Plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}
