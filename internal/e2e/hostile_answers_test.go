package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// hostileAnswer answers a request, the n-th that is answered so.
type hostileAnswer func(w http.ResponseWriter, r *http.Request, n int)

// hostileAnswers are what no list and no deletion may take for a success.
func hostileAnswers() map[string]hostileAnswer {
	body := func(status int, text string) hostileAnswer {
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}
	}
	repeat := func(way func(string) string) hostileAnswer {
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
	endless := func(cursor func(n int) string) hostileAnswer {
		return func(w http.ResponseWriter, _ *http.Request, n int) {
			fmt.Fprintf(w, `{"data":{"msgs":[%s],"is_last":false,"next_key":%[2]q,"channel_infos":[{"session_to":"bob","session_type":"chat","meta":{}}],"cursor":%[2]q},
				"entities":[{"username":"alice"}],"cursor":%[2]q}`, item(1001, "bob", "alice", false, 1763600001001), cursor(n))
		}
	}
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	_, _ = zip.Write(bytes.Repeat([]byte(" "), 64<<20))
	_ = zip.Close()
	return map[string]hostileAnswer{
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
