package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// unknownRoute is the name of requests that no route answers.
const unknownRoute = "unknown"

// route is a row of the table.
type route struct {
	name    string // for faults
	pattern string // below /{org}/{app}, unless it is absolute
	section int    // of docs/contract.md
	access  access
	budget  budget
	do      func(s *service, c *call) (any, error)
}

// isAbsolute reports whether the route is not below /{org}/{app}.
func (rt route) isAbsolute() bool {
	_, path, _ := strings.Cut(rt.pattern, " ")
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/ws/")
}

// fullPattern returns the pattern with the whole path.
func (rt route) fullPattern() string {
	if rt.isAbsolute() {
		return rt.pattern
	}
	method, path, _ := strings.Cut(rt.pattern, " ")
	return method + " /{org}/{app}" + path
}

// call is one request to a route.
type call struct {
	ctx    context.Context //nolint:containedctx // lives as long as the request
	r      *http.Request
	start  time.Time
	path   string       // below /{org}/{app}
	user   string       // the user in the path, or ""
	group  string       // the group in the path, or ""
	caller token.Claims // whose token it is, once it is authorized
}

func newCall(r *http.Request) *call {
	return &call{ctx: r.Context(), r: r, path: r.URL.Path, user: r.PathValue("user"), group: r.PathValue("group")}
}

// routes returns the table: what the sandbox emulates. gaps has the rest.
//
// Client calls and REST calls of the same kind share a budget (docs/contract.md,
// section 10).
func (s *service) routes() []route {
	const user, sdk, group = "/users/{user}", "/sdk/user/{user}", "/chatgroups/{group}"
	lists, unlists := own("list").perUser(5, time.Minute), own("delete conversation").perUser(5, time.Minute)
	pins, marks, imports := own("pin"), own("mark"), own("import")
	list := []route{
		{"token", "POST /token", 1, public, own("token"), (*service).token},
		{"conversations.page", "GET " + user + "/user_channels/page", 2, byUser, lists, (*service).listByPage},
		{"conversations.recent", "GET " + user + "/user_channels", 2, byUser, lists, (*service).listRecent},
		{"conversations.cursor", "GET " + sdk + "/user_channels/list", 2, byUser, lists, (*service).listByCursor},
		{"conversations.marked", "GET " + sdk + "/user_channels/mark/search", 2, byUser, lists, (*service).listByMark},
		{"pin", "POST " + sdk + "/user_channel/top", 2, byUser, pins, (*service).pin},
		{"unpin", "DELETE " + sdk + "/user_channel/top", 2, byUser, pins, (*service).unpin},
		{"mark", "POST " + sdk + "/user_channels/mark", 2, byUser, marks, markHandler(true)},
		{"unmark", "DELETE " + sdk + "/user_channels/mark", 2, byUser, marks, markHandler(false)},
		{"history", "POST " + user + "/messageroaming", 3, byUser, own("history"), (*service).history},
	}
	list = append(list, route{"resources", "GET " + user + "/resources", 2, byUser, own("resources"), (*service).resources})
	list = append(list, deletions("/rest/message/roaming", byApp)...)
	list = append(list, deletions("/sdk/message/roaming", byUser)...)
	return append(list,
		route{"conversation.delete", "DELETE " + user + "/user_channel", 5, byAppOrUser, unlists, (*service).deleteConversation},
		route{"conversation.delete", "DELETE /user/{user}/user_channel", 5, byUser, unlists, (*service).deleteConversation},
		route{"chatfile.upload", "POST /chatfiles", 6, byAnyone, own("upload"), (*service).upload},
		route{"chatfile.download", "GET /chatfiles/{file}", 6, public, own("download"), (*service).downloadFile},
		route{"historyfile", "GET /chatmessages/{hour}", 7, byApp, own("history files").perApp(10, time.Minute), (*service).historyFile},
		route{"import.chat", "POST /messages/users/import", 8, byApp, imports, importHandler(store.Chat)},
		route{"import.group", "POST /messages/chatgroups/import", 8, byApp, imports, importHandler(store.Group)},
		route{"recall", "POST /messages/msg_recall", 9, byApp, own("recall"), (*service).recall},
		route{"recall.batch", "POST /messages/batch_recall", 9, byApp, own("batch recall"), (*service).recallBatch},
		route{"register", "POST /users", 9, public, own("register"), (*service).register},
		route{"users", "GET /users", 9, byApp, own("users"), (*service).listUsers},
		route{"groups", "GET /chatgroups/user/{user}", 9, byAppOrUser, own("groups").perApp(50, time.Second), (*service).groupsOf},
		route{"members", "GET " + group + "/users", 9, byAppOrMember, own("members"), (*service).members},
		route{"announcement", "GET " + group + "/announcement", 9, byAppOrMember, own("announcement"), (*service).announcement},
		route{"announce", "POST " + group + "/announcement", 9, byAppOrMember, own("announcement"), (*service).announce},
	)
}

// deletions returns the routes of one-way deletion below a prefix.
func deletions(prefix string, who access) []route {
	chat, group := prefix+"/chat/user/{user}", prefix+"/group/user/{user}"
	deletes := own("roaming delete")
	return []route{
		{"delete.ids", "DELETE " + chat, 4, who, deletes, deleteByIDHandler("userId")},
		{"delete.ids", "DELETE " + group, 4, who, deletes, deleteByIDHandler("groupId")},
		{"delete.time", "DELETE " + chat + "/time", 4, who, deletes, deletesUntil("userId")},
		{"delete.time", "DELETE " + group + "/time", 4, who, deletes, deletesUntil("groupId")},
		{"delete.all", "POST " + prefix + "/user/{user}/delete/all", 4, who, deletes, (*service).deleteAll},
	}
}

// RouteNames returns the names of the routes that a fault can be for.
func RouteNames() []string {
	names := []string{unknownRoute, downloadRoute}
	for _, rt := range (&service{}).routes() {
		names = append(names, rt.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// handler checks the app, the token and the limits of a request, and answers it.
func (s *service) handler(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := newCall(r)
		c.start, c.path = s.Now(), strings.TrimPrefix(c.path, "/"+s.org+"/"+s.app)
		answer, err := s.run(rt, c)
		if err != nil {
			e := asRefusal(err)
			s.report(rt, c, e)
			s.fail(w, r, e)
			return
		}
		if f, ok := answer.(content); ok {
			s.send(w, r, f)
			return
		}
		s.answer(w, r, http.StatusOK, answer)
	})
}

func (s *service) run(rt route, c *call) (any, error) {
	if !rt.isAbsolute() {
		if err := s.checkApp(c); err != nil {
			return nil, err
		}
	}
	if err := s.authorize(rt.access, c); err != nil {
		return nil, err
	}
	if s.Limits && !s.limiter.allowCall(rt.budget, c.user) {
		return nil, errLimited()
	}
	if err := s.checkOpen(rt); err != nil {
		return nil, err
	}
	return rt.do(s, c)
}
