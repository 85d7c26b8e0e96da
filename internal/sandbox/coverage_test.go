package sandbox

import (
	"net/http"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/sandbox/coverage"
)

// TestCoverageOfRoutes calls every route of the table. One that is emulated answers by
// itself, without a token as with one; the rest is 404 not_emulated.
func TestCoverageOfRoutes(t *testing.T) {
	w := newWorld(t, Options{})
	fill := strings.NewReplacer("{user}", "nobody", "{group}", "g1", "{org}", "o", "{app}", "a")
	seen := map[string]bool{}
	for _, row := range Coverage() {
		if seen[row.What] || row.State == "" {
			t.Errorf("%q is twice in the table, or without a state", row.What)
		}
		seen[row.What] = true
		method, path, isRoute := strings.Cut(row.What, " /")
		if row.Part != coverage.REST || !isRoute {
			continue
		}
		path = "/" + fill.Replace(path)
		if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/ws/") {
			path = "/" + path
		}
		for _, token := range []string{"", w.auth(t, "app"), w.auth(t, "nobody")} {
			status, body := w.do(t, method, path, token, "{}")
			refused := status == http.StatusNotFound && strings.Contains(string(body), "not_emulated")
			if refused != (row.State != coverage.Emulated) {
				t.Errorf("%s is %s: %d %s", row.What, row.State, status, body)
			}
			if row.Token != "" && token == "" && status != http.StatusUnauthorized {
				t.Errorf("%s takes a token, and answers %d without one", row.What, status)
			}
		}
	}
}

func TestCoverageMarkdown(t *testing.T) {
	got := coverage.Markdown([]coverage.Row{
		{Part: coverage.REST, What: "GET /users", State: coverage.Emulated, Token: "app", Section: 9},
		{Part: coverage.Other, What: "push", State: coverage.Refused, Note: "none is sent"},
	})
	const want = "| what | sandbox | token | section | note |\n|---|---|---|---|---|\n" +
		"| `GET /users` | emulated | app | 9 |  |\n| push | refused |  |  | none is sent |\n"
	if got != want {
		t.Errorf("%s", got)
	}
}
