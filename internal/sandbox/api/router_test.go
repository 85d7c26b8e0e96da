package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRouter(t *testing.T) {
	var got string
	answers := func(name string) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got = name + " " + r.PathValue("user") + " " + r.PathValue("group")
		})
	}
	table := &router{unknown: answers("unknown")}
	table.add("GET /{org}/{app}/chatgroups/user/{user}", answers("groups"))
	table.add("GET /{org}/{app}/chatgroups/{group}/users", answers("members"))
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/o/a/chatgroups/user/bob", "groups bob "},
		{"HEAD", "/o/a/chatgroups/user/bob", "groups bob "},
		{"GET", "/o/a/chatgroups/user/b%2Fo%20b", "groups b/o b "},
		{"GET", "/o/a/chatgroups/g1/users", "members  g1"},
		{"GET", "/o/a/chatgroups/user/users", "groups users "},
		{"POST", "/o/a/chatgroups/g1/users", "unknown  "},
		{"GET", "/o/a/chatgroups//users", "unknown  "},
		{"GET", "/o/a/chatgroups/g1/users/", "unknown  "},
		{"GET", "/o/a/chatgroups", "unknown  "},
		{"GET", "/", "unknown  "},
	} {
		table.ServeHTTP(nil, httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, http.NoBody))
		if got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.method, tt.path, got, tt.want)
		}
	}
}
