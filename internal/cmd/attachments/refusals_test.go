package attachments_test

import (
	"path/filepath"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// A URL or a pattern is no host: it would allow nothing.
func TestHostsThatAreNone(t *testing.T) {
	h := cmdtest.New(t)
	for _, host := range []string{"https://files.example.com", "files.example.com/a", "x y", "a@b", "*.example.com", ":8080", "files.example.com:http"} {
		h.Run("attachments", "fetch", "-u", "noor", "--dry-run", "--allow-host", host, "--sandbox").Want(t, 2, "--allow-host is", host)
	}
	h.OK("attachments", "fetch", "-u", "noor", "--dry-run", "--allow-host", "localhost,10.0.0.7:8080,::1,[::1]:80,files.example.com:443", "--sandbox")
}

// A dry run does not promise a request for a URL that fetch refuses.
func TestADryRunKnowsRefusedURLs(t *testing.T) {
	h := cmdtest.New(t)
	args := []string{"attachments", "fetch", "-u", "alice", "-c", "mallory", "--sandbox", "--columns", "state,reason", "--no-header"}
	preview := h.Run(append(args, "--dry-run")...)
	preview.Want(t, 0, "0 attachments would be requested", "refused")
	got := h.Run(append(args, "--out", filepath.Join(h.Env["HOME"], "out"))...)
	got.Want(t, 8)
	if got.Out != preview.Out {
		t.Errorf("the dry run says %q, and the fetch %q", preview.Out, got.Out)
	}
}
