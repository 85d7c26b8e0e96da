package userlist

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// maxColumns is how many columns of a file an error lists.
const maxColumns = 20

// find is the index of the column of that name. Two of them are refused, since
// nobody can tell which one is meant.
func find(header []string, column string) (int, error) {
	index := -1
	for i, name := range header {
		if strings.TrimSpace(name) != column {
			continue
		}
		if index >= 0 {
			return 0, fmt.Errorf("columns %d and %d are both called %q", index+1, i+1, column)
		}
		index = i
	}
	if index < 0 {
		return 0, fmt.Errorf("there is no column %q; the columns are %s", column, list(header))
	}
	return index, nil
}

// list names the columns, for a person to see what the header was taken for.
func list(header []string) string {
	var names []string
	for _, name := range header[:min(len(header), maxColumns)] {
		names = append(names, strconv.Quote(clip(strings.TrimSpace(name), maxText)))
	}
	text := strings.Join(names, ", ")
	if more := len(header) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// hint says what to do about a header that does not fit. A file of another
// format has one that makes no sense.
func hint(header []byte) string {
	switch {
	case bytes.HasPrefix(header, []byte{'['}):
		return "if this is a JSON array, write its objects one a line: jq -c '.[]'"
	case bytes.IndexByte(header, ',') < 0 && bytes.ContainsAny(header, ";\t|"):
		return "the columns of a CSV file are separated by commas"
	default:
		return "--users-column takes a name from the first line, as it is written there; a file of user IDs without a header needs no --users-column"
	}
}
