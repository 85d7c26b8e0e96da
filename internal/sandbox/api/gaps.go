package api

import "github.com/roamctl/roamctl/internal/sandbox/coverage"

// gap is a route of the service that the sandbox refuses.
type gap struct {
	pattern string // as a route's
	section int    // of docs/contract.md
	state   coverage.State
	note    string
}

// gaps returns the routes that docs/contract.md names and the sandbox does not
// emulate. What no table has is refused, too.
func gaps() []gap {
	const user, pinned, silent = "/users/{user}", "/sdk/user/{user}/user_channel/pin", "the answer is not known"
	return []gap{
		{"POST /api/server/v6/{org}/{app}/roaming/chat", 3, coverage.Unknown, "the answer of the admin route for history is not known"},
		{"POST /api/server/v6/{org}/{app}/roaming/group", 3, coverage.Unknown, "the answer of the admin route for history is not known"},
		{"POST " + pinned, 2, coverage.Unknown, "the answer, and for whom a message is pinned, are not known"},
		{"DELETE " + pinned, 2, coverage.Unknown, "the answer, and for whom a message is pinned, are not known"},
		{"GET " + pinned, 2, coverage.Unknown, "no message can be pinned"},
		{"POST " + user + "/messages/search/get", 3, coverage.Refused, "search is an add-on of one data centre"},
		{"POST /sdk/chatfiles/part-upload", 6, coverage.Unknown, "the sizes that the service answers are not known; clients then upload in one request"},
		{"PUT /messages/rewrite/{message}", 9, coverage.Unknown, silent},
		{"PUT " + user + "/chatfiles/lifetime", 9, coverage.Refused, "an add-on; the sandbox keeps all files for the same time"},
		{"GET /ws/info", 13, coverage.Refused, "SockJS, by which web clients before 4.13 connect"},
		{"GET " + user + "/offline_msg_count", 9, coverage.Unknown, silent},
		{"GET " + user + "/offline_msg_status/{message}", 9, coverage.Unknown, silent},
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

// Coverage returns the routes that the sandbox has, and those that it refuses.
func Coverage() []coverage.Row {
	var rows []coverage.Row
	for _, rt := range (&service{}).routes() {
		rows = append(rows, coverage.Row{
			Part: coverage.REST, What: rt.pattern, State: coverage.Emulated, Token: rt.access.String(), Section: rt.section,
		})
	}
	for _, g := range gaps() {
		rows = append(rows, coverage.Row{Part: coverage.REST, What: g.pattern, State: g.state, Section: g.section, Note: g.note})
	}
	return append(rows, coverage.Row{
		Part: coverage.REST, What: "any other route", State: coverage.Refused, Note: "404 not_emulated",
	})
}
