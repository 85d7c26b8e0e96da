package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox"
)

// fileService starts a sandbox whose host also serves files, and imports messages of
// alice to bob with these attachments. Their URLs are signed.
func fileService(t *testing.T, now time.Time, files *atomic.Pointer[map[string]http.HandlerFunc], names ...string) *started {
	t.Helper()
	box, err := sandbox.Open(t.Context(), sandbox.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, "/files/")
		switch serve := (*files.Load())[name]; {
		case !ok:
			box.Handler().ServeHTTP(w, r)
		case serve == nil || r.Header.Get("share-secret") != "sharesecret" || r.FormValue("sig") != "signature":
			http.NotFound(w, r)
		default:
			serve(w, r)
		}
	}))
	t.Cleanup(server.Close)
	var history strings.Builder
	for i, name := range names {
		url := server.URL + "/files/" + name
		if strings.Contains(name, "://") {
			url = name
		}
		at := now.Add(time.Duration(i) * time.Second).UnixMilli()
		fmt.Fprintf(&history, `{"msg_id":"%d","timestamp":%d,"from":"alice","to":"bob","chat_type":"chat","payload":{"bodies":`+
			`[{"type":"file","url":"%s?sig=signature","secret":"sharesecret","filename":"f"}],"ext":{},"from":"alice","to":"bob"}}`+"\n", 1000+i, at, url)
	}
	if _, err := box.Import(t.Context(), strings.NewReader(history.String()), nil); err != nil {
		t.Fatal(err)
	}
	to := box.Credentials()
	return &started{env: append(os.Environ(), "HOME="+t.TempDir(), "ROAMCTL_KEYRING=off", "ROAMCTL_LIMITS=off", "ROAMCTL_TZ=UTC",
		"ROAMCTL_HISTORY_FILES_ZONE=Beijing", "ROAMCTL_HOST="+server.URL, "ROAMCTL_APP_KEY="+to.AppKey, "ROAMCTL_CLIENT_ID="+to.ClientID, "ROAMCTL_CLIENT_SECRET="+to.ClientSecret)}
}

// TestArchiveKeepsAttachments syncs attachments, some of which fail at first, verifies
// them, and erases some.
func TestArchiveKeepsAttachments(t *testing.T) {
	sends := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(s)) }
	}
	serving := &atomic.Pointer[map[string]http.HandlerFunc]{}
	serving.Store(&map[string]http.HandlerFunc{"one": sends("first file"), "same": sends("first file"), "cut": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "11")
		_, _ = w.Write([]byte("sec"))
	}})
	box := fileService(t, time.Now().Add(-30*time.Minute), serving, "one", "same", "cut", "http://10.0.0.1/private")
	place := filepath.Join(t.TempDir(), "app.db")
	box.env = append(box.env, "ROAMCTL_ARCHIVE="+place)
	syncUsers := []string{"archive", "sync", "--source", "roaming", "--user", "alice,bob", "--with-attachments", "-o", "json"}

	// A cut download and a private host are exit 8. What failed is tried again.
	if code := box.exit(t, syncUsers...); code != 8 {
		t.Errorf("exit code %d, want 8", code)
	}
	list := box.run(t, "", "archive", "gaps", "--attachments", "-o", "ndjson", "--jq", `.id + " " + .state + " " + .reason`).stdout
	if want := "1002 failed unexpected EOF\n1003 refused 10.0.0.1 is not the service's host\n"; list != want {
		t.Errorf("missing:\n%s, want:\n%s", list, want)
	}
	serving.Store(&map[string]http.HandlerFunc{"cut": sends("second file")})
	out := box.run(t, "", append(syncUsers, "--jq", ".attachments | tostring")...).stdout
	if out != `{"fetched":1}`+"\n" {
		t.Errorf("the second sync fetched %s", out)
	}
	quiet := box.run(t, "", "archive", "sync", "--source", "history-files", "--since", "2h", "--with-attachments")
	if quiet.stdout != "" {
		t.Errorf("a sync without news printed %q", quiet.stdout)
	}
	box.run(t, "", "archive", "verify")

	// A changed file is found.
	first := filepath.Join(place+".files", digestOf("first file")[:2], digestOf("first file"))
	if err := os.WriteFile(first, []byte("first filE"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := box.exit(t, "archive", "verify"); code != 10 {
		t.Errorf("a changed file: exit code %d, want 10", code)
	}
	if err := os.WriteFile(first, []byte("first file"), 0o600); err != nil {
		t.Fatal(err)
	}

	// Nothing that is printed or exported has what opens the files.
	for _, args := range [][]string{
		{"search", "has:attachment", "--all", "-o", "json"},
		{"archive", "gaps", "--attachments", "-o", "json"},
		{"archive", "status", "-o", "json"},
	} {
		if out := box.run(t, "", args...); regexp.MustCompile("signature|sharesecret").MatchString(out.stdout + out.stderr) {
			t.Errorf("%s shows a secret:\n%s", strings.Join(args, " "), out.stdout+out.stderr)
		}
	}

	exported := filepath.Join(t.TempDir(), "all.ndjson")
	box.run(t, "", "archive", "export", "--out", exported)
	if b, err := os.ReadFile(exported); err != nil || len(b) == 0 || regexp.MustCompile("signature|sharesecret").Match(b) {
		t.Errorf("the export (%v):\n%s", err, b)
	}

	// A file goes with the last of its messages.
	for _, erase := range []struct {
		id   string
		left bool
	}{{"1000", true}, {"1001", false}} {
		box.run(t, "", "archive", "erase", "--message", erase.id, "--yes", "--reason", "test")
		if _, err := os.Stat(first); (err == nil) != erase.left {
			t.Errorf("the file of %s: %v", erase.id, err)
		}
	}
	box.run(t, "", "archive", "verify")
}

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
