package deleting_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// serveAttachments is a service whose own host has one attachment too, for
// those who have its secret, and where alice was sent that one and one that is
// gone, of so old a message.
func serveAttachments(t *testing.T, h *cmdtest.Home, age time.Duration) {
	t.Helper()
	box, err := sandbox.Open(t.Context(), sandbox.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	mux := http.NewServeMux()
	mux.Handle("/", box.Handler())
	mux.HandleFunc("/files/kept", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("share-secret") != "s3cret" || r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, "a cat")
	})
	mux.HandleFunc("/files/gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	service := httptest.NewServer(mux)
	t.Cleanup(service.Close)
	for _, name := range []string{"kept", "gone"} {
		_, err := box.Send(t.Context(), sandbox.Message{Type: "chat", From: "bob", To: "alice", Time: time.Now().Add(-age), Body: map[string]any{
			"type": "file", "filename": "../cat.txt", "url": service.URL + "/files/" + name, "secret": "s3cret",
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	to := box.Credentials()
	h.Env["ROAMCTL_HOST"], h.Env["ROAMCTL_APP_KEY"] = service.URL, to.AppKey
	h.Env["ROAMCTL_CLIENT_ID"], h.Env["ROAMCTL_CLIENT_SECRET"] = to.ClientID, to.ClientSecret
}

// deleteAll deletes what serveAttachments sent.
func deleteAll(h *cmdtest.Home, more ...string) cmdtest.Result {
	args := []string{"messages", "delete", "-u", "alice", "-c", "bob", "--before", "1m", "--with-attachments", "--yes"}
	return h.Run(append(args, more...)...)
}

func TestMissingAttachmentsStopADeletion(t *testing.T) {
	h := cmdtest.New(t)
	serveAttachments(t, h, time.Hour)
	deleteAll(h).Want(t, 10, "cannot save 1 of 2 attachments", "404", "nothing was deleted", "--allow-missing-attachments")
	left := h.OK("messages", "fetch", "-u", "alice", "-c", "bob", "-o", "ndjson")
	if strings.Count(left, "\n") != 2 {
		t.Errorf("left: %s", left)
	}
	deleteAll(h, "--allow-missing-attachments", "-o", "json", "--jq", ".backup.attachments | [.saved, .failed, .expired]").
		Want(t, 0, "attachments: 1 saved, 0 expired, 1 failed")
	if left := h.OK("messages", "fetch", "-u", "alice", "-c", "bob", "-o", "ndjson"); left != "" {
		t.Errorf("left: %s", left)
	}
}

func TestAttachmentsAreInTheBackup(t *testing.T) {
	h := cmdtest.New(t)
	serveAttachments(t, h, 8*24*time.Hour)
	deleteAll(h, "-o", "csv", "--columns", "attachments").Want(t, 0, `1 saved, 1 expired, 0 failed`)
	name := strings.TrimSpace(h.OK("backup", "list", "-o", "json", "--jq", ".items[0].name"))
	for _, args := range [][]string{
		{"backup", "show", name, "-o", "json", "--jq", ".attachments | [.saved, .expired, .failed]"},
		{"runs", "show", name, "-o", "json", "--jq", ".backup.attachments | [.saved, .expired, .failed]"},
	} {
		if got := strings.Join(strings.Fields(h.OK(args...)), ""); got != "[1,1,1]" {
			t.Errorf("%v: %s", args, got)
		}
	}
	h.Run("runs", "show", name).Want(t, 0, "attachments: 1 saved, 1 expired, 0 failed")
	logged := h.OK("audit", "list", "--outcome", "done", "-o", "csv", "--columns", "attachments_saved,attachments_expired,attachments_failed", "--no-header")
	if strings.TrimSpace(logged) != "1,1,0" {
		t.Errorf("audit: %q", logged)
	}
	var list string
	saved := map[string]string{}
	for path, content := range h.Files() {
		switch {
		case strings.HasSuffix(path, "attachments.ndjson"):
			list = content
		case strings.Contains(path, "/attachments/"):
			saved[path] = content
		}
	}
	if len(saved) != 1 || strings.Count(list, "\n") != 2 || !strings.Contains(list, "404") || !strings.Contains(list, `"expired":true`) {
		t.Errorf("saved: %q, listed:\n%s", saved, list)
	}
	for path, content := range saved {
		if content != "a cat" || strings.Contains(path, "..") {
			t.Errorf("%s holds %q", path, content)
		}
	}
}
