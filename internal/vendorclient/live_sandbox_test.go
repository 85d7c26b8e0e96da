package vendorclient

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// durable is a started sandbox on a data folder, which can be killed.
type durable struct {
	*sandbox
	dir string
	cmd *exec.Cmd
}

// startDurable starts an empty sandbox on a data folder.
func startDurable(t *testing.T) *durable {
	t.Helper()
	d := &durable{dir: t.TempDir()}
	d.start(t, "127.0.0.1:0")
	t.Cleanup(func() { stop(t, d.cmd) })
	return d
}

func (d *durable) start(t *testing.T, listen string) {
	t.Helper()
	home := t.TempDir()
	env := append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home, "XDG_DATA_HOME="+home, "XDG_STATE_HOME="+home)
	d.cmd = exec.Command(roamctl, "sandbox", "start", "--data", d.dir, "--seed", "none", "--listen", listen, "-o", "json")
	d.cmd.Env = env
	d.cmd.Stderr = t.Output()
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &sandbox{}
	if err := json.NewDecoder(out).Decode(s); err != nil {
		t.Fatalf("sandbox start -o json: %v", err)
	}
	s.env = slices.Concat(env, []string{
		"ROAMCTL_HOST=" + s.URL, "ROAMCTL_APP_KEY=" + s.AppKey,
		"ROAMCTL_CLIENT_ID=" + s.ClientID, "ROAMCTL_CLIENT_SECRET=" + s.ClientSecret,
	})
	d.sandbox = s
}

// restart kills the sandbox, without a warning, and starts it again at the same
// address.
func (d *durable) restart(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = d.cmd.Wait() // killed: it ends with an error
	d.start(t, strings.TrimPrefix(d.URL, "http://"))
}
