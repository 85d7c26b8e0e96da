package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// repeatedForms returns the forms in which a host repeats a secret.
func repeatedForms() map[string]func(string) string {
	return map[string]func(string) string{
		"plain":        func(s string) string { return s },
		"base64":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s)) },
		"on two lines": func(s string) string { return s[:len(s)/2] + "\n" + s[len(s)/2:] },
		"percent": func(s string) string {
			var b strings.Builder
			for i := range len(s) {
				fmt.Fprintf(&b, "%%%02x", s[i])
			}
			return b.String()
		},
	}
}

// TestSecretsReachNoFile uses a host whose errors repeat the client secret and both
// tokens. No file has them, neither while commands run nor afterwards, except the token
// cache.
func TestSecretsReachNoFile(t *testing.T) {
	const cleared = "messages clear --user alice --yes -o json --jq .run_id"
	like := cmdtest.New(t)
	for _, command := range []hostileCommand{
		{route: "delete", args: "messages delete --user alice --conversation bob --id 1001 --id 1002 --batch-size 1 --yes --verify-timeout 0s", honest: 1},
		{route: "delete", args: "messages clear --user alice --yes --verify-timeout 0s", honest: 1},
		{route: "delete", args: "messages clear --user alice --user bob --yes", honest: 1},
		{route: "history", args: "messages export --user alice --user bob --out OUT", honest: 1},
		{route: "list", args: "messages export --user alice --user bob --out OUT"},
		{route: "import", args: "restore RUN --allow-duplicates --yes", prepare: cleared, honest: 1},
	} {
		for name, form := range repeatedForms() {
			t.Run(command.name()+", "+name, func(t *testing.T) {
				t.Parallel()
				h := &hostileHost{}
				home := hostileHome(t, like, h)
				h.before = func() { noSecretOnDisk(t, h, home) }
				home.OK("auth", "token") // that of the app is known to the host and in the cache
				r := command.run(t, home, h, func(w http.ResponseWriter, r *http.Request, _ int) {
					token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
					said := "you sent " + form(hostileToken) + " and " + form(token)
					w.Header().Set("X-Request-Id", form(token))
					b, _ := json.Marshal(map[string]string{"error": form(hostileSecret), "error_description": said})
					w.WriteHeader(http.StatusBadRequest)
					_, _ = w.Write(b)
				})
				if r.Code == 0 {
					t.Errorf("exit code 0\n%s%s", r.Out, r.Err)
				}
				noSecretIn(t, h, home, r)
				if kept := fmt.Sprint(home.Files()); !strings.Contains(kept, "you sent ") || !strings.Contains(kept, "[redacted]") {
					t.Error("no file tells what the host said")
				}
			})
		}
	}
}

// noSecretOnDisk checks the files while a command runs.
func noSecretOnDisk(t *testing.T, h *hostileHost, home *cmdtest.Home) {
	t.Helper()
	_ = filepath.WalkDir(home.Env["HOME"], func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.Contains(d.Name(), "tokens") {
			content, _ := os.ReadFile(path)
			noSecret(t, h, path, string(content))
		}
		return nil
	})
}
