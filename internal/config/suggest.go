package config

// nearest is the name within two edits of what was typed, "" when none is.
func nearest(typed string, names []string) string {
	best, found := 3, ""
	for _, name := range names {
		if d := distance(typed, name); d < best && d < len(name) {
			best, found = d, name
		}
	}
	return found
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			swap := diagonal
			if a[i] != b[j] {
				swap++
			}
			diagonal = row[j+1]
			row[j+1] = min(swap, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
