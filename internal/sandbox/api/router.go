package api

import (
	"net/http"
	"net/url"
	"strings"
)

// router finds the route of a request. The first row that matches wins, so that
// /chatgroups/user/{user} can stand before /chatgroups/{group}/users, which
// http.ServeMux refuses.
type router struct {
	rows    []row
	unknown http.Handler
}

// row is a pattern such as "GET /{org}/{app}/users": a segment in braces matches
// any one that is not empty.
type row struct {
	method   string
	segments []string
	handler  http.Handler
}

func (t *router) add(pattern string, h http.Handler) {
	method, path, _ := strings.Cut(pattern, " ")
	t.rows = append(t.rows, row{method, strings.Split(path, "/"), h})
}

// ServeHTTP passes the request to its route, with the path's values.
func (t *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	path := strings.Split(r.URL.EscapedPath(), "/")
	for i, text := range path {
		decoded, err := url.PathUnescape(text)
		if err != nil {
			t.unknown.ServeHTTP(w, r)
			return
		}
		path[i] = decoded
	}
	for _, row := range t.rows {
		if row.method == method && row.matches(path) {
			row.setValues(r, path)
			row.handler.ServeHTTP(w, r)
			return
		}
	}
	t.unknown.ServeHTTP(w, r)
}

func (o row) matches(path []string) bool {
	if len(path) != len(o.segments) {
		return false
	}
	for i, s := range o.segments {
		if strings.HasPrefix(s, "{") && path[i] == "" || !strings.HasPrefix(s, "{") && path[i] != s {
			return false
		}
	}
	return true
}

func (o row) setValues(r *http.Request, path []string) {
	for i, s := range o.segments {
		if strings.HasPrefix(s, "{") {
			r.SetPathValue(strings.Trim(s, "{}"), path[i])
		}
	}
}
