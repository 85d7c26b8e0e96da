package vendorclient

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sandbox is a started one, and the environment in which roamctl uses it.
type sandbox struct {
	URL          string `json:"url"`
	AppKey       string `json:"app_key"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`

	env []string
}

// start starts an empty sandbox that imports a history file.
func start(t *testing.T, history string) *sandbox {
	t.Helper()
	home := t.TempDir()
	env := append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home, "XDG_DATA_HOME="+home, "XDG_STATE_HOME="+home)
	cmd := exec.Command(roamctl, "sandbox", "start", "--ephemeral", "--seed", "none", "--import", history, "-o", "json")
	cmd.Env = env
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &sandbox{}
	err = json.NewDecoder(out).Decode(s)
	t.Cleanup(func() { stop(t, cmd) })
	if err != nil {
		t.Fatalf("sandbox start -o json: %v", err)
	}
	s.env = slices.Concat(env, []string{
		"ROAMCTL_HOST=" + s.URL,
		"ROAMCTL_APP_KEY=" + s.AppKey,
		"ROAMCTL_CLIENT_ID=" + s.ClientID,
		"ROAMCTL_CLIENT_SECRET=" + s.ClientSecret,
	})
	return s
}

// stop ends the sandbox as a user would and checks that it ends cleanly.
func stop(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("stopping the sandbox: %v", err)
	}
	kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the sandbox did not end cleanly: %v", err)
	}
}

// run runs roamctl against the sandbox and gives its standard output.
func (s *sandbox) run(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), roamctl, args...)
	cmd.Env = s.env
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("roamctl %s: %v\n%s", strings.Join(args, " "), err, errOut.Bytes())
	}
	return out
}

// token is a user's token, as roamctl prints it for other programs.
func (s *sandbox) token(t *testing.T, user string) string {
	t.Helper()
	token := strings.TrimSpace(string(s.run(t, "auth", "token", "--user", user)))
	if token == "" || strings.ContainsAny(token, " \n") {
		t.Fatal("auth token did not print one bare token")
	}
	return token
}

// list decodes the NDJSON of a roamctl command.
func list[T any](t *testing.T, s *sandbox, args ...string) []T {
	t.Helper()
	var items []T
	for line := range bytes.Lines(s.run(t, append(args, "-o", "ndjson")...)) {
		var item T
		if err := json.Unmarshal(line, &item); err != nil {
			t.Fatalf("roamctl %s: %v in %s", strings.Join(args, " "), err, line)
		}
		items = append(items, item)
	}
	return items
}
