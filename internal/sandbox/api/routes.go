package api

import (
	"context"
	"net/http"
	"path"
	"slices"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/quota"
)

// UnknownRoute is the name of requests that no route answers.
const UnknownRoute = "unknown"

// access says whose token a route takes. The contract names one kind a route;
// whether the service takes the other too is not said, so it is refused.
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
	perUser bool   // and whether there is one for each user
	do      func(s *service, c *call) (any, error)
}

// call is one request on its way through a route.
type call struct {
	ctx   context.Context //nolint:containedctx // lives as long as the request
	r     *http.Request
	start time.Time
	user  string // the user in the path, or ""
}

// The budgets of section 10. Client calls and REST calls of the same kind
// share one; "anything not named" is taken [inferred] as a budget for each
// kind of call.
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
		{"mark", "POST /sdk/user/{user}/user_channels/mark", byUser, "mark", false, (*service).mark},
		{"unmark", "DELETE /sdk/user/{user}/user_channels/mark", byUser, "mark", false, (*service).unmark},
		{"history", "POST " + user + "/messageroaming", byUser, "history", false, (*service).history},
		{"conversation.delete", "DELETE " + user + "/user_channel", byApp, unlistBudget, true, (*service).deleteConversation},
		{"conversation.delete", "DELETE /user/{user}/user_channel", byUser, unlistBudget, true, (*service).deleteConversation},
		{"import.chat", "POST /messages/users/import", byApp, "import", false, (*service).importChat},
		{"import.group", "POST /messages/chatgroups/import", byApp, "import", false, (*service).importGroup},
		{"recall", "POST /messages/msg_recall", byApp, "recall", false, (*service).recall},
		{"users", "GET /users", byApp, "users", false, (*service).listUsers},
		// /chatgroups/user/{user} and /chatgroups/{id}/users overlap, which
		// the mux refuses: one row tells them apart.
		{"groups", "GET /chatgroups/{first}/{second}", byApp, "groups", false, (*service).groups},
	}
	for prefix, who := range map[string]access{admin: byApp, sdk: byUser} {
		list = append(list,
			route{"delete.ids", "DELETE " + prefix + "/chat/user/{user}", who, deletesBudget, false, (*service).deleteChatIDs},
			route{"delete.ids", "DELETE " + prefix + "/group/user/{user}", who, deletesBudget, false, (*service).deleteGroupIDs},
			route{"delete.time", "DELETE " + prefix + "/chat/user/{user}/time", who, deletesBudget, false, (*service).deleteChatUntil},
			route{"delete.time", "DELETE " + prefix + "/group/user/{user}/time", who, deletesBudget, false, (*service).deleteGroupUntil},
			route{"delete.all", "POST " + prefix + "/user/{user}/delete/all", who, deletesBudget, false, (*service).deleteAll},
		)
	}
	return list
}

// RouteNames are the names that faults can be tied to.
func RouteNames() []string {
	names := []string{UnknownRoute}
	for _, rt := range (&service{}).routes() {
		names = append(names, rt.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// MatchRoute tells whether a pattern such as delete.* matches a route's name.
func MatchRoute(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// handler runs a route: the app, the token, the budget, then its own work.
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
	if s.Quotas == nil {
		return true
	}
	if rt.perUser && !s.Quotas.Take(rt.budget+" "+c.user, quota.PerUserMinute) {
		return false
	}
	return s.Quotas.Take(rt.budget, quota.PerApp)
}

func notFound(_ *service, c *call) (any, error) {
	return nil, refuse(http.StatusNotFound, "service_resource_not_found", "Service resource not found: %s %s", c.r.Method, c.r.URL.Path)
}
