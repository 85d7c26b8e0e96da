package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// hostileHost is a service that answers as it likes, and notes what it was
// asked.
type hostileHost struct {
	route  string                                              // the route that is hostile
	answer func(w http.ResponseWriter, r *http.Request, n int) // n counts the requests to it, from 1

	mu       sync.Mutex
	asked    map[string]int
	secrets  map[string]bool
	requests int
}

const (
	hostileSecret = "YXA6qL7xKm2WvT9sRb4NcJ8dPf3HgZ"
	hostileToken  = "YWMtq8Zp3vRkEe2Jd9XwTn5LbAAAAYcF0"
)

// routeOf is what a request asks for.
func routeOf(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/org/app")
	for _, route := range []struct{ name, method, part string }{
		{"token", "POST", "/token"}, {"list", "GET", "/user_channels"}, {"history", "POST", "/messageroaming"},
		{"users", "GET", "/users"}, {"groups", "GET", "/chatgroups/user/"}, {"members", "GET", "/chatgroups/"},
		{"delete", "", "/rest/message/roaming/"}, {"unlist", "DELETE", "/user_channel"}, {"import", "POST", "/import"},
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
	h.requests++
	h.asked[route]++
	n := h.asked[route]
	if token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); token != "" {
		h.secrets[token] = true
	}
	h.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if route == h.route {
		h.answer(w, r, n)
		return
	}
	_, _ = w.Write([]byte(goodAnswers()[route]))
}

func goodAnswers() map[string]string {
	return map[string]string{
		"token":   `{"access_token":"` + hostileToken + `","expires_in":86400}`,
		"list":    `{"data":{"channel_infos":[{"session_to":"bob","session_type":"chat","meta":{}}],"cursor":""}}`,
		"history": `{"data":{"msgs":[` + textItem(1002) + `,` + textItem(1001) + `],"is_last":true,"next_key":""}}`,
		"users":   `{"entities":[{"username":"alice"}]}`,
		"groups":  `{"entities":[],"total":0}`,
		"members": `{"data":[{"owner":"alice"}]}`,
		"delete":  `{"requestStatusCode":"ok","timestamp":1763600000000}`,
		"unlist":  `{"data":{"result":"ok"}}`,
		"import":  `{"data":{"msg_id":"77"}}`,
	}
}

// textItem is one item of a history, a text from bob to alice.
func textItem(id uint64) string {
	jid := func(name string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), name)
	}
	put := func(b []byte, num protowire.Number, v []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), v)
	}
	number := func(b []byte, num protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
	}
	content := put(number(nil, 1, 0), 2, []byte("hello"))
	body := put(put(put(number(nil, 1, 1), 2, jid("bob")), 3, jid("alice")), 4, content)
	meta := put(number(number(put(put(number(nil, 1, id), 2, jid("bob")), 3, jid("alice")), 4, 1763600000000+id), 5, 1), 6, body)
	return `{"msg":"` + base64.StdEncoding.EncodeToString(meta) + `"}`
}

// hostileHome is a home whose host is h.
func hostileHome(t *testing.T, h *hostileHost) *cmdtest.Home {
	t.Helper()
	h.asked, h.secrets = map[string]int{}, map[string]bool{hostileSecret: true, hostileToken: true}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	home := cmdtest.New(t)
	for name, value := range map[string]string{
		"HOST": server.URL, "APP_KEY": "org#app", "CLIENT_ID": "id", "CLIENT_SECRET": hostileSecret,
		"KEYRING": "off", "TZ": "UTC", "RETRIES": "0", "LIMITS": "off",
	} {
		home.Env["ROAMCTL_"+name] = value
	}
	return home
}

// hostileAnswers are what no list and no deletion may take for a success.
func hostileAnswers() map[string]func(w http.ResponseWriter, r *http.Request, n int) {
	body := func(status int, text string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}
	}
	repeat := func(way func(string) string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, r *http.Request, n int) {
			token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			said := way(token) + " " + way(hostileSecret)
			w.Header().Set("X-Request-Id", said)
			w.Header().Set("Location", "/"+url.PathEscape(said))
			switch n % 3 {
			case 0:
				w.Header().Set("Content-Type", said)
				w.WriteHeader(http.StatusBadRequest)
			case 1:
				b, _ := json.Marshal(map[string]string{"error": said, "error_description": "you sent " + said})
				_, _ = w.Write(b)
			default:
				w.WriteHeader(http.StatusFound)
			}
		}
	}
	endless := func(cursor func(n int) string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, n int) {
			fmt.Fprintf(w, `{"data":{"msgs":[%s],"is_last":false,"next_key":%[2]q,"channel_infos":[{"session_to":"bob","session_type":"chat","meta":{}}],"cursor":%[2]q},
				"entities":[{"username":"alice"}],"cursor":%[2]q}`, textItem(1001), cursor(n))
		}
	}
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	_, _ = zip.Write(bytes.Repeat([]byte(" "), 64<<20))
	_ = zip.Close()
	return map[string]func(http.ResponseWriter, *http.Request, int){
		"nothing":           body(200, ""),
		"null":              body(200, "null"),
		"a list":            body(200, "[]"),
		"an empty object":   body(200, "{}"),
		"null data":         body(200, `{"data":null,"entities":null}`),
		"empty data":        body(200, `{"data":{}}`),
		"wrong types":       body(200, `{"data":{"msgs":"","channel_infos":{},"result":["ok"]},"entities":"x","requestStatusCode":["ok"]}`),
		"a page":            body(200, "<html>"),
		"a limit in a 200":  body(200, `{"error":"reach_limit","data":{"msgs":[],"is_last":true,"channel_infos":[],"cursor":"","result":"ok"},"entities":[],"requestStatusCode":"ok"}`),
		"an error in a 200": body(200, `{"error":"illegal_argument","data":{"msgs":[],"is_last":true,"channel_infos":[],"cursor":"","result":"ok"},"entities":[],"requestStatusCode":"ok"}`),
		"no content":        body(204, ""),
		"an error":          body(500, `{}`),
		"too many requests": body(429, `{}`),
		"too much":          body(200, strings.Repeat(" ", 5<<20)),
		"more than fits": func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		},
		"ever new cursors":    endless(func(n int) string { return fmt.Sprint(n) }),
		"one cursor":          endless(func(int) string { return "same" }),
		"secrets":             repeat(func(s string) string { return s }),
		"secrets in base64":   repeat(func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s)) }),
		"secrets in hex":      repeat(func(s string) string { return hex.EncodeToString([]byte(s)) }),
		"secrets with spaces": repeat(func(s string) string { return strings.Join(strings.Split(s, ""), " ") }),
		"secrets, escaped": repeat(func(s string) string {
			var b strings.Builder
			for i := range len(s) {
				fmt.Fprintf(&b, "%%%02x", s[i])
			}
			return b.String()
		}),
	}
}

// TestUsersRepeatedForEver: a run over all users lists each page by itself, and
// finds out all the same.
func TestUsersRepeatedForEver(t *testing.T) {
	h := &hostileHost{route: "users", answer: hostileAnswers()["ever new cursors"]}
	home := hostileHome(t, h)
	home.Run("messages", "export", "--all-users", "--out", filepath.Join(home.Env["HOME"], "out")).Want(t, 9, "repeats itself")
	if h.asked["users"] > 5 {
		t.Errorf("%d pages were asked for", h.asked["users"])
	}
}

// TestHostileHosts holds every command against what a host may answer: it
// fails, soon, deletes nothing, claims nothing, and repeats no secret.
func TestHostileHosts(t *testing.T) {
	commands := []struct {
		route string // that is hostile
		args  string
	}{
		{"list", "conversations list --user alice"},
		{"list", "messages fetch --user alice --all"},
		{"list", "messages export --user alice --out OUT"},
		{"list", "messages clear --user alice --yes"},
		{"list", "users inspect alice"},
		{"history", "messages fetch --user alice --conversation bob --all -o ndjson"},
		{"history", "messages export --user alice --conversation bob --out OUT"},
		{"history", "messages clear --user alice --yes"},
		{"history", "messages clear --user alice --plan OUT"},
		{"history", "messages delete --user alice --conversation bob --id 1002 --yes"},
		{"history", "messages delete --user alice --conversation bob --before 2026-01-01 --yes"},
		{"history", "conversations delete --user alice bob --delete-messages --yes"},
		{"history", "users inspect alice"},
		{"users", "users list"},
		{"users", "messages export --all-users --out OUT"},
		{"token", "auth token"},
		{"users", "auth status"},
		{"delete", "messages clear --user alice --yes --no-verify"},
		{"delete", "messages delete --user alice --conversation bob --id 1001 --yes --no-verify"},
		{"delete", "messages delete --user alice --conversation bob --before 2026-01-01 --yes --no-verify"},
		{"unlist", "conversations delete --user alice bob --keep-messages --yes --no-verify"},
	}
	answers := hostileAnswers()
	for _, command := range commands {
		for name, answer := range answers {
			if strings.Contains(name, "cursor") && (command.args == "auth status" || strings.Contains(command.args, "--all-users")) {
				continue // its one page is good, and a list of users may end at its own cursor (contract, section 9)
			}
			t.Run(command.args+", "+name, func(t *testing.T) {
				h := &hostileHost{route: command.route, answer: answer}
				home := hostileHome(t, h)
				args := strings.Fields(strings.ReplaceAll(command.args, "OUT", filepath.Join(home.Env["HOME"], "out")))
				r := home.Run(append(args, "--debug")...)
				if r.Code < 4 || r.Code > 10 {
					t.Errorf("exit code %d\n%s%s", r.Code, r.Out, r.Err)
				}
				if h.requests > 30 {
					t.Errorf("%d requests", h.requests)
				}
				if command.route != "delete" && command.route != "unlist" && h.asked["delete"]+h.asked["unlist"] > 0 {
					t.Errorf("something was deleted\n%s%s", r.Out, r.Err)
				}
				noSecret(t, h, "standard output", r.Out)
				noSecret(t, h, "standard error", r.Err)
				for path, content := range home.Files() {
					if !strings.Contains(filepath.Base(path), "tokens") {
						noSecret(t, h, path, content)
					}
				}
			})
		}
	}
}

// noSecret looks for 16 characters of any secret, plain or in base64 or hex.
func noSecret(t *testing.T, h *hostileHost, where, text string) {
	t.Helper()
	text = strings.ReplaceAll(strings.ToLower(text), " ", "")
	text = strings.ReplaceAll(text, "%", "")
	for secret := range h.secrets {
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("x" + secret))[2:]} {
			form = strings.ToLower(form)
			for i := 0; i+16 <= len(form); i += 4 {
				if strings.Contains(text, form[i:i+16]) {
					t.Errorf("%s holds %q of a secret", where, form[i:i+16])
					return
				}
			}
		}
	}
}
