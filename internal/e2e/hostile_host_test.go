package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// hostileHost is a small service that gives hostile answers on one route. It counts
// what it carries out, to compare reports with.
type hostileHost struct {
	route  string // the route that is hostile
	answer hostileAnswer
	honest int    // requests to the route that are served well first
	obeys  bool   // it carries out requests before it gives a hostile answer
	before func() // if not nil, called with each request, while h.mu is held

	mu       sync.Mutex
	asked    map[string]int
	secrets  map[string]bool
	requests int
	messages []*heldMessage
	unlisted map[string]bool // "user conversation"
	calls    int             // deletions carried out
	deleted  int             // messages that they took
	imported int
	logged   int // bytes of the audit log about earlier commands
}

// heldMessage is a message in the views of both sides or of a group's members.
type heldMessage struct {
	id, at   uint64
	from, to string // a group's ID begins with a digit
	gone     map[string]bool
}

// in returns the conversation of a user's view that has the message, "" for none.
func (m *heldMessage) in(user string) string {
	switch {
	case m.gone[user]:
		return ""
	case isGroup(m.to) || m.from == user:
		return m.to
	case m.to == user:
		return m.from
	}
	return ""
}

func isGroup(conversation string) bool { return conversation[0] <= '9' }

const (
	hostileSecret = "YXA6qL7xKm2WvT9sRb4NcJ8dPf3HgZ"
	hostileToken  = "YWMtq8Zp3vRkEe2Jd9XwTn5LbAAAAYcF0"
	hostileGroup  = "7001" // of alice, with bob
)

// hostileHome returns a home whose host is h. Alice and bob have a chat and a group,
// with two messages each.
func hostileHome(t *testing.T, like *cmdtest.Home, h *hostileHost) *cmdtest.Home {
	t.Helper()
	h.asked, h.unlisted = map[string]int{}, map[string]bool{}
	h.secrets = map[string]bool{hostileSecret: true, hostileToken: true}
	for id, to := range map[uint64]string{1001: "alice", 1002: "alice", 2001: hostileGroup, 2002: hostileGroup} {
		h.hold(id, 1763600000000+id, "bob", to)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	home := like.Another(t)
	for name, value := range map[string]string{
		"HOST": server.URL, "APP_KEY": "org#app", "CLIENT_ID": "id", "CLIENT_SECRET": hostileSecret,
		"KEYRING": "off", "TZ": "UTC", "RETRIES": "0", "LIMITS": "off",
	} {
		home.Env["ROAMCTL_"+name] = value
	}
	return home
}

func (h *hostileHost) hold(id, at uint64, from, to string) {
	h.messages = append(h.messages, &heldMessage{id: id, at: at, from: from, to: to, gone: map[string]bool{}})
	slices.SortFunc(h.messages, func(a, b *heldMessage) int { return int(b.id) - int(a.id) }) // newest first
}

// routeOf returns the name of a request's route.
func routeOf(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/org/app")
	for _, route := range []struct{ name, method, part string }{
		{"token", "POST", "/token"},
		{"list", "GET", "/user_channels"},
		{"history", "POST", "/messageroaming"},
		{"groups", "GET", "/chatgroups/user/"},
		{"members", "GET", "/chatgroups/"},
		{"users", "GET", "/users"},
		{"delete", "", "/rest/message/roaming/"},
		{"unlist", "DELETE", "/user_channel"},
		{"import", "POST", "/import"},
	} {
		if strings.Contains(path, route.part) && (route.method == "" || route.method == r.Method) {
			return route.name
		}
	}
	return path
}

func (h *hostileHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route := routeOf(r)
	h.mu.Lock()
	if h.before != nil {
		h.before()
	}
	h.requests++
	h.asked[route]++
	n := h.asked[route] - h.honest
	if token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); token != "" {
		h.secrets[token] = true
	}
	hostile := route == h.route && n > 0
	var body string
	if !hostile || h.obeys {
		body = h.serve(route, r)
	}
	h.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Retry-After", "0")
	if hostile {
		h.answer(w, r, n)
		return
	}
	_, _ = w.Write([]byte(body))
}

// serve carries out a request. h.mu must be held.
func (h *hostileHost) serve(route string, r *http.Request) string {
	_, user, _ := strings.Cut(r.URL.Path, "/user")
	user, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimPrefix(user, "s"), "/"), "/")
	var asked struct {
		Queue, Channel, From, Target string
		StartTime, EndTime           uint64
		Positive                     bool   `json:"is_positive"`
		DeleteRoam                   bool   `json:"delete_roam"`
		At                           uint64 `json:"msg_timestamp"`
	}
	_ = json.NewDecoder(r.Body).Decode(&asked)
	query := r.URL.Query()
	switch route {
	case "list":
		return h.list(user)
	case "history":
		conversation, _, _ := strings.Cut(asked.Queue, "@")
		var items []string
		for _, m := range h.messages {
			if m.in(user) == conversation && m.at >= asked.StartTime && (asked.EndTime == 0 || m.at <= asked.EndTime) {
				items = append(items, item(m.id, m.from, m.to, isGroup(m.to), m.at))
			}
		}
		if asked.Positive {
			slices.Reverse(items)
		}
		return `{"data":{"msgs":[` + strings.Join(items, ",") + `],"is_last":true,"next_key":""}}`
	case "delete":
		conversation := query.Get("userId") + query.Get("groupId") // neither: everything
		through, _ := strconv.ParseUint(query.Get("delTime"), 10, 64)
		ids := strings.Split(query.Get("msgIdList"), ",")
		h.remove(user, func(m *heldMessage) bool {
			return conversation == "" || m.in(user) == conversation && (m.at <= through || slices.Contains(ids, strconv.FormatUint(m.id, 10)))
		})
		return `{"requestStatusCode":"ok","timestamp":1763600000000}`
	case "unlist":
		h.remove(user, func(m *heldMessage) bool { return asked.DeleteRoam && m.in(user) == asked.Channel })
		h.unlisted[user+" "+asked.Channel] = true
		return `{"data":{"result":"ok"}}`
	case "import":
		h.imported++
		id := 9000 + uint64(h.imported)
		h.hold(id, asked.At, asked.From, asked.Target)
		return fmt.Sprintf(`{"data":{"msg_id":"%d"}}`, id)
	}
	return map[string]string{
		"token":   `{"access_token":"` + hostileToken + `","expires_in":86400}`,
		"users":   `{"entities":[{"username":"alice"},{"username":"bob"}]}`,
		"groups":  `{"entities":[{"groupId":"` + hostileGroup + `","name":"g"}],"total":1}`,
		"members": `{"data":[{"owner":"alice"},{"member":"bob"}]}`,
	}[route]
}

// list returns a user's conversation list.
func (h *hostileHost) list(user string) string {
	var entries []string
	for _, conversation := range h.listed(user) {
		kind := "chat"
		if isGroup(conversation) {
			kind = "groupchat"
		}
		entries = append(entries, fmt.Sprintf(`{"session_to":%q,"session_type":%q,"meta":{}}`, conversation, kind))
	}
	return `{"data":{"channel_infos":[` + strings.Join(entries, ",") + `],"cursor":""}}`
}

func (h *hostileHost) listed(user string) (all []string) {
	for _, m := range h.messages {
		if c := m.in(user); c != "" && !h.unlisted[user+" "+c] && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// remove deletes messages from a user's view.
func (h *hostileHost) remove(user string, which func(*heldMessage) bool) {
	h.calls++
	for _, m := range h.messages {
		if m.in(user) != "" && which(m) {
			m.gone[user] = true
			h.deleted++
		}
	}
}

// item returns a history item with a text.
func item(id uint64, from, to string, group bool, at uint64) string {
	put := func(b []byte, num protowire.Number, v []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), v)
	}
	number := func(b []byte, num protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
	}
	kind := uint64(1)
	sender, receiver := put(nil, 2, []byte(from)), put(nil, 2, []byte(to))
	if group {
		kind, receiver = 2, put(receiver, 3, []byte("conference.easemob.com"))
	}
	content := put(number(nil, 1, 0), 2, []byte("hello"))
	body := put(put(put(number(nil, 1, kind), 2, sender), 3, receiver), 4, content)
	meta := put(number(number(put(put(number(nil, 1, id), 2, sender), 3, receiver), 4, at), 5, 1), 6, body)
	return `{"msg":"` + base64.StdEncoding.EncodeToString(meta) + `"}`
}
