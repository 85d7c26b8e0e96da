package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox"
)

// A redacted export that is killed makes the same pseudonyms when it is resumed, though
// no file has its salt. It refuses to go on with other rules.
func TestKilledRedactedExport(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Open(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	peers := []string{"bob", "carol", "dave", "eve"}
	for _, peer := range peers {
		if _, err := box.SendText(t.Context(), peer, "alice", "chat", "call 138-0013-8000 or nightingale"); err != nil {
			t.Fatal(err)
		}
	}
	const before = 2 // histories that are read before the kill
	var histories atomic.Int32
	stuck, killed := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/messageroaming") && histories.Add(1) == before+1 {
			close(stuck)
			<-killed
			return
		}
		box.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	home, to := t.TempDir(), box.Credentials()
	rules := filepath.Join(home, "rules.yaml")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(rules, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	process := func(args ...string) *exec.Cmd {
		cmd := exec.Command("roamctl", args...)
		cmd.Dir = home
		cmd.Env = append(os.Environ(), "HOME="+home, "ROAMCTL_KEYRING=off", "ROAMCTL_LIMITS=off", "ROAMCTL_HOST="+server.URL,
			"ROAMCTL_APP_KEY="+to.AppKey, "ROAMCTL_CLIENT_ID="+to.ClientID, "ROAMCTL_CLIENT_SECRET="+to.ClientSecret)
		return cmd
	}
	run := func(code int, args ...string) string {
		t.Helper()
		cmd := process(args...)
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Fatalf("roamctl %q: exit %d, want %d\n%s", args, got, code, out)
		}
		return string(out)
	}

	write("words: [nightingale]\n")
	export := process("messages", "export", "--user", "alice", "--out", "out", "--path-template", "{user}.{format}", "--redact", rules)
	if err := export.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	select {
	case <-stuck:
	case <-ctx.Done():
		t.Error("the export did not come to its third history")
	}
	_ = export.Process.Kill()
	_ = export.Wait()
	close(killed)

	id := strings.Fields(run(0, "runs", "list", "-o", "ndjson", "--jq", ".id"))[0]
	write("words: [lunch]\n")
	if out := run(10, "runs", "resume", id); !strings.Contains(out, "has changed since the run began") {
		t.Errorf("other rules:\n%s", out)
	}
	write("words: [nightingale]\n")
	run(0, "runs", "resume", id)
	got, err := os.ReadFile(filepath.Join(home, "out", "alice.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	texts := regexp.MustCompile(`call \[mobile-[a-z2-7]{8}\] or \[word-[a-z2-7]{8}\]`).FindAllString(string(got), -1)
	slices.Sort(texts)
	if len(texts) < len(peers) || len(slices.Compact(slices.Clone(texts))) != 1 {
		t.Errorf("texts: %q, want %d, all the same", texts, len(peers))
	}
	if strings.Contains(string(got), "-0013") || strings.Contains(string(got), "ightingale") {
		t.Errorf("not redacted:\n%s", got)
	}
}
