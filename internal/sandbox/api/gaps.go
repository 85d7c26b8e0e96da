package api

// gap is a route of the service that the sandbox refuses.
type gap struct {
	pattern string // as a route's
	section int    // of docs/contract.md
	unknown bool   // docs/contract.md does not say what the service answers
	note    string
}

// gaps returns the routes that docs/contract.md names and the sandbox does not
// emulate. What the table does not have is refused, too.
func gaps() []gap {
	const user = "/users/{user}"
	return []gap{
		{"POST /api/server/v6/{org}/{app}/roaming/chat", 3, true, "the answer of the admin route for history is not known"},
		{"POST /api/server/v6/{org}/{app}/roaming/group", 3, true, "the answer of the admin route for history is not known"},
		{"POST " + user + "/messages/search/get", 3, false, "search is an add-on of one data centre"},
		{"PUT /messages/rewrite/{message}", 9, true, "the request and the answer of an edit over REST are not known"},
		{"GET " + user + "/offline_msg_count", 9, true, "the answer is not known"},
		{"GET " + user + "/offline_msg_status/{message}", 9, true, "the answer is not known"},
	}
}

// route returns the row that refuses a gap's requests.
func (g gap) route() route {
	return route{name: unknownRoute, pattern: g.pattern, section: g.section, do: func(_ *service, c *call) (any, error) {
		return nil, errNotEmulated(c, g.note)
	}}
}

// notFound answers a request that no row of the tables is for.
func notFound(_ *service, c *call) (any, error) {
	return nil, errNotEmulated(c, "")
}
