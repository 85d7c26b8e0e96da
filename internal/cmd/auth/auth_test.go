package auth_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

func TestStatus(t *testing.T) {
	h, s := cmdtest.New(t), newService(t)
	h.Run("auth", "status").Want(t, 3, "Service", "not_asked", "lacks host")
	h.Run("auth", "status", "--offline", "-o", "json").Want(t, 0, `"service": "not_asked"`, `"tokens": []`)
	h.Pipe(secret, login(s)...).Want(t, 0)
	s.took()
	h.Run("auth", "status", "--offline").Want(t, 0, clientID, "Client secret  file", "org#app until ")
	if calls := s.took(); len(calls) != 0 {
		t.Errorf("offline asks %v", calls)
	}
	for format, want := range map[string]string{
		"table": "accepted", "yaml": "service: accepted\n", "csv": "profile,host,app_key,", "json": `"user": ""`, "ndjson": `"service":"accepted"`,
	} {
		h.Run("auth", "status", "-o", format).Want(t, 0, want)
	}
	h.Run("auth", "status", "-o", "transcript").Want(t, 2, "messages only")

	h.Env["ROAMCTL_CLIENT_SECRET"] = "wrong"
	r := h.Run("auth", "status", "-o", "json")
	r.Want(t, 4, `"service": "refused"`, `"client_secret": "env ROAMCTL_CLIENT_SECRET"`, `"kind":"auth"`)
	nothingSecret(t, r)
	delete(h.Env, "ROAMCTL_CLIENT_SECRET")

	s.Close()
	h.Run("auth", "status", "--retries", "0").Want(t, 9, "failed")
}

func TestToken(t *testing.T) {
	h, s := cmdtest.New(t), newService(t)
	h.Run("auth", "token").Want(t, 3, "auth login")
	h.Pipe(secret, login(s)...).Want(t, 0)
	if r := h.Run("auth", "token"); r.Out != newToken+"\n" || r.Err != "" {
		t.Errorf("got %+v", r)
	}
	var got struct {
		Token, User, Grant string
		Expires            time.Time `json:"expires_at"`
	}
	if err := json.Unmarshal([]byte(h.OK("auth", "token", "--user", "alice", "-o", "json")), &got); err != nil {
		t.Fatal(err)
	}
	if left := time.Until(got.Expires); got.Token == "" || got.User != "alice" || got.Grant != "dynamic" || left < 20*time.Hour || left > 25*time.Hour {
		t.Errorf("got %+v", got)
	}
	for format, want := range map[string]string{
		"yaml": "token: " + newToken + "\n", "csv": "token,user,grant,expires_at\n" + newToken + ",,client_credentials,", "ndjson": `{"token":"` + newToken + `"`,
	} {
		h.Run("auth", "token", "-o", format).Want(t, 0, want)
	}
	h.Run("auth", "token", "--user", "").Want(t, 2, "--user")
	h.Run("auth", "token", "--user", "Alice").Want(t, 2, "--user")
	if out := h.OK("auth", "token", "--sandbox", "--user", "alice"); strings.Count(out, "\n") != 1 || strings.TrimSpace(out) == "" {
		t.Errorf("got %q", out)
	}
}

func TestLogout(t *testing.T) {
	h, s := cmdtest.NewWithKeyring(t), newService(t)
	h.Run("auth", "logout").Want(t, 0, "has no secrets and no tokens")
	h.Run("auth", "logout", "--profile", "none").Want(t, 5, `profile "none" does not exist`)
	h.Run("auth", "logout", "--sandbox").Want(t, 2, "sandbox reset")
	h.Pipe(secret, login(s)...).Want(t, 0)
	var got struct {
		Profile string
		Removed []string
	}
	if err := json.Unmarshal([]byte(h.OK("auth", "logout", "-o", "json")), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"client_secret", "tokens"}, got.Removed); diff != "" || got.Profile != "default" {
		t.Errorf("%s\n%s", got.Profile, diff)
	}
	for path, content := range h.Files() {
		if strings.Contains(content, newToken) || strings.Contains(content, "@keyring") {
			t.Errorf("%s still holds\n%s", path, content)
		}
	}
	h.Run("auth", "status").Want(t, 3, "lacks client_secret")
	h.OK("config", "get", "client_id")
}

func TestStatusOfTheSandbox(t *testing.T) {
	h := cmdtest.New(t)
	h.Run("auth", "status", "--sandbox", "-o", "json").Want(t, 0, `"service": "accepted"`, `"client_secret": "sandbox"`, `"tokens": []`)
}
