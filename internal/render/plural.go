package render

import "strconv"

// Count is a number of things with a regular plural: 1 user, 3 users.
func Count(n int, what string) string { return CountOf(n, what, what+"s") }

// CountOf is a number of things: 1 entry is, 3 entries are.
func CountOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
