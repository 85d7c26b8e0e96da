package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// started is a started sandbox, for the tests that are not scripts.
type started struct {
	env       []string
	cmd       *exec.Cmd
	appKey    string
	webSocket string
}

// startSandbox starts a sandbox. It stops with the test.
func startSandbox(t *testing.T, flags ...string) *started {
	t.Helper()
	s := &started{env: append(os.Environ(), "HOME="+t.TempDir(), "ROAMCTL_KEYRING=off", "ROAMCTL_LIMITS=off", "ROAMCTL_TZ=UTC")}
	cmd := exec.CommandContext(t.Context(), "roamctl", append([]string{"sandbox", "start", "-o", "json"}, flags...)...)
	cmd.Env = s.env
	cmd.Stderr = t.Output()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	var at struct {
		URL          string `json:"url"`
		AppKey       string `json:"app_key"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		WebSocketURL string `json:"websocket_url"`
	}
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		t.Fatalf("the sandbox did not start: %v", err)
	}
	s.cmd, s.appKey, s.webSocket = cmd, at.AppKey, at.WebSocketURL
	s.env = append(s.env, "ROAMCTL_HOST="+at.URL, "ROAMCTL_APP_KEY="+at.AppKey,
		"ROAMCTL_CLIENT_ID="+at.ClientID, "ROAMCTL_CLIENT_SECRET="+at.ClientSecret)
	return s
}

// result is the output of a command.
type result struct{ stdout, stderr string }

// run runs a command against the sandbox. It must succeed.
func (s *started) run(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "roamctl", args...)
	cmd.Env = s.env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("roamctl %s: %v\n%s", strings.Join(args, " "), err, errOut.String())
	}
	return result{stdout: out.String(), stderr: errOut.String()}
}

// exit runs a command against the sandbox and returns its exit code.
func (s *started) exit(t *testing.T, args ...string) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "roamctl", args...)
	cmd.Env = s.env
	_ = cmd.Run() // the exit code says how it ended
	return cmd.ProcessState.ExitCode()
}
