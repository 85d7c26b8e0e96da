package easemob

// Findings keeps what was found out about the service and need not be asked again:
// hosts of App Keys, and whose token reads a history. It has the storage of a
// TokenStore.
type Findings struct{ cacheFile[string] }

// NewFindings returns findings with a file, or in memory if path is "".
func NewFindings(path string) *Findings {
	return &Findings{cacheFile[string]{path: path, what: "the cache of what was found out about the service"}}
}

func (f *Findings) save(key, value string) error {
	return f.cacheFile.save(key, value, func(string) bool { return false })
}
