package e2e

import (
	"encoding/pem"
	"net/http/httptest"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// TestSandboxCommandsOverTLS checks that the commands of the sandbox trust the
// certificates that ca_file names, and no others.
func TestSandboxCommandsOverTLS(t *testing.T) {
	box, err := sandbox.Open(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	server := httptest.NewTLSServer(box.Handler())
	t.Cleanup(server.Close)
	home, as := cmdtest.New(t), box.Credentials()
	for name, value := range map[string]string{
		"HOST": server.URL, "APP_KEY": as.AppKey, "CLIENT_ID": as.ClientID, "CLIENT_SECRET": as.ClientSecret,
		"KEYRING": "off", "TZ": "UTC", "RETRIES": "0", "LIMITS": "off",
	} {
		home.Env["ROAMCTL_"+name] = value
	}
	ca := home.Write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	commands := []struct {
		args []string
		says string
	}{
		{[]string{"sandbox", "send", "--from", "ann", "--to", "ben", "over TLS"}, "ann"},
		{[]string{"sandbox", "devices", "-o", "json"}, `"items": []`},
		{[]string{"sandbox", "watch", "--all", "--limit", "1", "-o", "ndjson"}, `"message"`},
	}
	for _, command := range commands {
		home.Run(command.args...).Want(t, 9, "not trusted")
	}
	home.Env["ROAMCTL_CA_FILE"] = ca
	for _, command := range commands {
		home.Run(command.args...).Want(t, 0, command.says)
	}
	// The token is in the cache now: the refusal above was not about it.
	delete(home.Env, "ROAMCTL_CA_FILE")
	for _, command := range commands {
		home.Run(command.args...).Want(t, 9, "certificate")
	}
}
