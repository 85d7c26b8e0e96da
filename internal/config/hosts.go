package config

import "strings"

// AutoHost is the host setting that asks the vendor's discovery service.
const AutoHost = "auto"

// DataCentre is a data centre of the vendor (docs/contract.md, section 0).
type DataCentre struct{ Name, Host string }

// DataCentres returns the vendor's public data centres.
func DataCentres() []DataCentre {
	return []DataCentre{
		{"China 1", "a1.easemob.com"},
		{"China 2", "a31.easemob.com"},
		{"Singapore 1", "a1-sgp.easemob.com"},
		{"Singapore 2", "a61.easemob.com"},
		{"US East 1", "a41.easemob.com"},
		{"Germany 2", "a71.easemob.com"},
	}
}

// HostOf returns the host of a data centre by its name, whatever the case, spaces and
// hyphens; else the text itself.
func HostOf(text string) string {
	normal := func(s string) string {
		return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(s))
	}
	for _, d := range DataCentres() {
		if normal(text) == normal(d.Name) {
			return d.Host
		}
	}
	return text
}

// hostExamples are the values to offer for a host.
func hostExamples() []string {
	examples := []string{AutoHost}
	for _, d := range DataCentres() {
		examples = append(examples, d.Host)
	}
	return examples
}
