package attachments

import (
	"net/http"
	"slices"
	"strings"
)

// Allowing returns a Fetcher that also makes requests to some hosts, by a transport
// that may reach private addresses. A host is a name or an address, with or without a
// port. What f allows stays allowed.
func (f *Fetcher) Allowing(hosts []string, transport http.RoundTripper) *Fetcher {
	client := *f.client
	client.Transport = byHost{hosts, checkedTransport{transport, checkURL}, f.client.Transport}
	return &Fetcher{client: &client, timeout: f.timeout}
}

// byHost has a transport for some hosts, and one for all others.
type byHost struct {
	hosts          []string
	theirs, others http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) {
	named := func(host string) bool {
		return strings.EqualFold(host, r.URL.Host) || strings.EqualFold(host, r.URL.Hostname())
	}
	if slices.ContainsFunc(b.hosts, named) {
		return b.theirs.RoundTrip(r)
	}
	return b.others.RoundTrip(r)
}
