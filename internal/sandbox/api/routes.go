package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// unknownRoute is the name of requests that no route answers.
const unknownRoute = "unknown"

// access says whose token a route takes. docs/contract.md names one kind for each
// route, and not whether the service takes the other: the sandbox refuses it.
type access int

const (
	public access = iota // no token
	byApp                // an app token
	byUser               // the token of the user in the path
)

// route is a row of the table.
type route struct {
	name    string // for faults
	pattern string // below /{org}/{app}
	access  access
	budget  string // which limit of section 10 it counts against
	perUser bool   // whether each user has a budget, too
	do      func(s *service, c *call) (any, error)
}

// call is one request to a route.
type call struct {
	ctx   context.Context //nolint:containedctx // lives as long as the request
	r     *http.Request
	start time.Time
	user  string // the user in the path, or ""
}

// The budgets of docs/contract.md, section 10. Client calls and REST calls of the
// same kind share one; "anything not named" is a budget for each kind of call
// [inferred].
const (
	listBudget    = "list"
	unlistBudget  = "delete conversation"
	deletesBudget = "roaming delete"
)

func (s *service) routes() []route {
	const user, admin, sdk = "/users/{user}", "/rest/message/roaming", "/sdk/message/roaming"
	list := []route{
		{"token", "POST /token", public, "token", false, (*service).token},
		{"conversations.page", "GET " + user + "/user_channels/page", byUser, listBudget, true, (*service).listByPage},
		{"conversations.recent", "GET " + user + "/user_channels", byUser, listBudget, true, (*service).listRecent},
		{"conversations.cursor", "GET /sdk/user/{user}/user_channels/list", byUser, listBudget, true, (*service).listByCursor},
		{"conversations.marked", "GET /sdk/user/{user}/user_channels/mark/search", byUser, listBudget, true, (*service).listByMark},
		{"pin", "POST /sdk/user/{user}/user_channel/top", byUser, "pin", false, (*service).pin},
		{"unpin", "DELETE /sdk/user/{user}/user_channel/top", byUser, "pin", false, (*service).unpin},
		{"mark", "POST /sdk/user/{user}/user_channels/mark", byUser, "mark", false, markHandler(true)},
		{"unmark", "DELETE /sdk/user/{user}/user_channels/mark", byUser, "mark", false, markHandler(false)},
		{"history", "POST " + user + "/messageroaming", byUser, "history", false, (*service).history},
		{"conversation.delete", "DELETE " + user + "/user_channel", byApp, unlistBudget, true, (*service).deleteConversation},
		{"conversation.delete", "DELETE /user/{user}/user_channel", byUser, unlistBudget, true, (*service).deleteConversation},
		{"import.chat", "POST /messages/users/import", byApp, "import", false, importHandler(store.Chat)},
		{"import.group", "POST /messages/chatgroups/import", byApp, "import", false, importHandler(store.Group)},
		{"recall", "POST /messages/msg_recall", byApp, "recall", false, (*service).recall},
		{"recall.batch", "POST /messages/batch_recall", byApp, "batch recall", false, (*service).recallBatch},
		{"users", "GET /users", byApp, "users", false, (*service).listUsers},
		// /chatgroups/user/{user} and /chatgroups/{id}/users overlap, which the mux
		// refuses: they are one row.
		{"groups", "GET /chatgroups/{first}/{second}", byApp, "groups", false, (*service).groups},
	}
	for prefix, who := range map[string]access{admin: byApp, sdk: byUser} {
		list = append(list,
			route{"delete.ids", "DELETE " + prefix + "/chat/user/{user}", who, deletesBudget, false, deleteByIDHandler("userId")},
			route{"delete.ids", "DELETE " + prefix + "/group/user/{user}", who, deletesBudget, false, deleteByIDHandler("groupId")},
			route{"delete.time", "DELETE " + prefix + "/chat/user/{user}/time", who, deletesBudget, false, deletesUntil("userId")},
			route{"delete.time", "DELETE " + prefix + "/group/user/{user}/time", who, deletesBudget, false, deletesUntil("groupId")},
			route{"delete.all", "POST " + prefix + "/user/{user}/delete/all", who, deletesBudget, false, (*service).deleteAll},
		)
	}
	return list
}

// RouteNames returns the names of the routes that a fault can be for.
func RouteNames() []string {
	names := []string{unknownRoute}
	for _, rt := range (&service{}).routes() {
		names = append(names, rt.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// handler checks the app, the token and the limits of a request, and answers it.
func (s *service) handler(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{ctx: r.Context(), r: r, start: s.Now(), user: r.PathValue("user")}
		answer, err := s.run(rt, c)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.answer(w, r, http.StatusOK, answer)
	})
}

func (s *service) run(rt route, c *call) (any, error) {
	if err := s.checkApp(c); err != nil {
		return nil, err
	}
	if err := s.authorize(rt.access, c); err != nil {
		return nil, err
	}
	if rt.budget != "" && !s.withinLimits(rt, c) {
		return nil, errLimited()
	}
	return rt.do(s, c)
}

func (s *service) withinLimits(rt route, c *call) bool {
	if !s.Limits {
		return true
	}
	if rt.perUser && !s.limiter.allow(rt.budget+" "+c.user, perUserMinute) {
		return false
	}
	return s.limiter.allow(rt.budget, perApp)
}

func notFound(_ *service, c *call) (any, error) {
	return nil, refuse(http.StatusNotFound, "service_resource_not_found", "Service resource not found: %s %s", c.r.Method, c.r.URL.Path)
}
