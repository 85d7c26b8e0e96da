package destroy_test

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
// gone.
func serveAttachments(t *testing.T, h *cmdtest.Home) {
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
		_, err := box.Send(t.Context(), sandbox.Message{Type: "chat", From: "bob", To: "alice", Time: time.Now().Add(-time.Hour), Body: map[string]any{
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

func TestAttachmentsAreInTheBackup(t *testing.T) {
	h := cmdtest.New(t)
	serveAttachments(t, h)
	h.OK("messages", "delete", "-u", "alice", "-c", "bob", "--before", "1m", "--with-attachments", "--yes")
	h.Run("backup", "list", "-o", "json", "--jq", `.items[0].attachments | "\(.saved) saved, \(.failed) failed"`).Want(t, 0)
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
	if len(saved) != 1 || strings.Count(list, "\n") != 2 || !strings.Contains(list, "404") {
		t.Errorf("saved: %q, listed:\n%s", saved, list)
	}
	for path, content := range saved {
		if content != "a cat" || strings.Contains(path, "..") {
			t.Errorf("%s holds %q", path, content)
		}
	}
}
