package auth_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// login is a complete login but for the secret, which comes on standard input.
func login(s *service, more ...string) []string {
	return append([]string{"auth", "login", "--host", s.URL, "--app-key", testKey, "--client-id", clientID, "--client-secret-file", "-"}, more...)
}

// nothingSecret fails the test when an output shows a secret or a token.
func nothingSecret(t *testing.T, results ...cmdtest.Result) {
	t.Helper()
	for i, r := range results {
		for _, word := range []string{secret, appToken, newToken} {
			if strings.Contains(r.Out+r.Err, word) {
				t.Errorf("output %d shows %q:\n%s%s", i, word, r.Out, r.Err)
			}
		}
	}
}

func TestLoginKeepsTheSecretInTheKeyring(t *testing.T) {
	h, s := cmdtest.NewWithKeyring(t), newService(t)
	r := h.Pipe(secret+"\n", login(s, "--debug")...)
	r.Want(t, 0, "profile default: org#app at "+s.URL+"; the service accepted", "client_secret: stored in the system keyring")
	nothingSecret(t, r)
	want := `profiles:
  default:
    host: ` + s.URL + `
    app_key: org#app
    client_id: ` + clientID + `
    client_secret: '@keyring'
current: default
`
	b, err := os.ReadFile(h.ConfigFile())
	if diff := cmp.Diff(want, string(b)); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if calls := s.took(); len(calls) != 1 {
		t.Errorf("a login asks %v", calls)
	}
	status := h.Run("auth", "status", "-o", "json")
	status.Want(t, 0, `"service": "accepted"`, `"client_secret": "keyring"`, `"grant": "client_credentials"`)
	nothingSecret(t, status)
	if diff := cmp.Diff([]string{"GET /org/app/users"}, s.took()); diff != "" {
		t.Errorf("the login's token is not used again:\n%s", diff)
	}
}

func TestLoginWithoutAKeyring(t *testing.T) {
	h, s := cmdtest.New(t), newService(t)
	h.Pipe(secret, login(s)...).Want(t, 0, "client_secret: stored in "+h.ConfigFile()+", which only you can read")
	if info, err := os.Stat(h.ConfigFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	r := h.Pipe(secret, login(s, "--profile", "second", "-o", "json")...)
	r.Want(t, 0, `"profile": "second"`, `"created": true`, `"current": false`, "\"in_file\": [\n    \"client_secret\"")
	nothingSecret(t, r)
	h.Pipe(secret, login(s, "--profile", "second")...).Want(t, 0, "roamctl profile use second")
}

func TestRefusedLoginSavesNothing(t *testing.T) {
	h, s := cmdtest.NewWithKeyring(t), newService(t)
	h.Env["ROAMCTL_LIMITS"] = "off" // the times of calls are kept, for the limits
	r := h.Pipe("wrong-"+secret, login(s)...)
	r.Want(t, 4, "client_secret does not match")
	nothingSecret(t, r)
	h.Pipe("wrong-token", "auth", "login", "--host", s.URL, "--app-key", testKey, "--app-token-file", "-").Want(t, 4, "refuses the app token")
	if files := h.Files(); len(files) != 0 {
		t.Errorf("it left %v", files)
	}
	s.Close()
	h.Pipe(secret, append(login(s), "--retries", "0")...).Want(t, 9)
	if files := h.Files(); len(files) != 0 {
		t.Errorf("it left %v", files)
	}
	h.Pipe(secret, login(s, "--no-check")...).Want(t, 0, "not checked")
}

func TestLoginWithAnAppToken(t *testing.T) {
	h, s := cmdtest.New(t), newService(t)
	h.Pipe(secret, login(s)...).Want(t, 0)
	file := h.Write("token", appToken+"\n")
	h.Run("auth", "login", "--host", s.URL, "--app-key", testKey, "--app-token-file", file).Want(t, 0, "app_token: stored in")
	b, err := os.ReadFile(h.ConfigFile())
	if err != nil || strings.Contains(string(b), secret) || !strings.Contains(string(b), appToken) {
		t.Errorf("%v, or the old secret was not replaced:\n%s", err, b)
	}
	h.Run("auth", "token", "--user", "alice", "-o", "json").Want(t, 0, `"token": "YWMt-user"`, `"grant": "inherit"`)
	h.Run("auth", "status").Want(t, 0, "1 user's")
	// Again, with what the profile has.
	h.Run("auth", "login").Want(t, 0, "the service accepted")
}

func TestLoginNamesWhatIsMissing(t *testing.T) {
	h, s := cmdtest.New(t), newService(t)
	h.Run("auth", "login").Want(t, 3, "--host, --app-key, --client-id, --client-secret-file", "--app-token-file")
	h.Run("auth", "login", "--host", s.URL, "--app-token-file", h.Write("t", appToken)).Want(t, 3, "needs --app-key,")
	h.Run("auth", "login", "--sandbox").Want(t, 2, "needs no login")
	h.Pipe(secret, login(s, "--app-token-file", "-")...).Want(t, 2, "can't both be standard input")
	h.Pipe(secret, login(s, "--app-key", "nonsense")...).Want(t, 2, "org#app")
	h.Pipe(secret, login(s, "--host", "http://far.example")...).Want(t, 3, "would receive secrets unencrypted")
	h.Pipe("two words", login(s)...).Want(t, 3, "spaces")
	h.Run("auth", "login", "--client-secret", secret).Want(t, 2, "unknown flag")
	if calls := s.took(); len(calls) != 0 {
		t.Errorf("it asked %v", calls)
	}
}

func TestLoginFromTheEnvironment(t *testing.T) {
	h, s := cmdtest.New(t), newService(t)
	h.Env["ROAMCTL_HOST"], h.Env["ROAMCTL_APP_KEY"] = s.URL, testKey
	h.Env["ROAMCTL_CLIENT_ID"], h.Env["ROAMCTL_CLIENT_SECRET"] = clientID, secret
	h.Run("auth", "login").Want(t, 0, "the service accepted")
	h.Run("auth", "logout").Want(t, 0, "removed client_secret, tokens", "ROAMCTL_CLIENT_SECRET is still set")
}

func TestLoginAsks(t *testing.T) {
	h, s := cmdtest.NewWithKeyring(t), newService(t)
	r := h.Type(strings.Join([]string{s.URL, "nonsense", testKey, clientID, secret, ""}, "\n"), "auth", "login")
	r.Want(t, 0, "2  China 2      a31.easemob.com", "Data centre (number, name or host): ", "warning: app_key: ", "Client ID: ", "Client secret (not shown): ")
	if r.Out != "" {
		t.Errorf("questions on standard output: %q", r.Out)
	}
	// Empty answers keep what there is.
	r = h.Type("\n\n\n\n", "auth", "login")
	r.Want(t, 0, "["+s.URL+"]", "["+testKey+"]", "empty keeps the current one", "accepted")
	nothingSecret(t, r)
	h.Type("x\ny\nz\n", "auth", "login", "--profile", "new", "--host", s.URL).Want(t, 2, "no valid answer")
	h.Type("", "auth", "login").Want(t, 2, "no answer")
}
