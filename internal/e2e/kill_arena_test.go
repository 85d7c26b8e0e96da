package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// arena is a served sandbox with a victim and a peer for each of n rounds.
type arena struct {
	box    *sandbox.Sandbox
	env    []string // of an undisturbed process
	rough  string   // the host that misbehaves and disturbs rounds
	client *easemob.Client
	dir    string

	mu      sync.Mutex
	playing map[string]*round // by their victims and peers
}

func newArena(t *testing.T, n int, faults []sandbox.Fault) *arena {
	t.Helper()
	data := t.TempDir()
	serve := func(o sandbox.Options, around func(http.Handler) http.Handler) (*sandbox.Sandbox, string) {
		o.Dir = data
		box, err := sandbox.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(around(box.Handler()))
		t.Cleanup(func() { server.Close(); _ = box.Close() })
		return box, server.URL
	}
	a := &arena{dir: t.TempDir(), playing: map[string]*round{}}
	box, calm := serve(sandbox.Options{}, func(h http.Handler) http.Handler { return h })
	_, a.rough = serve(sandbox.Options{Faults: faults, Latency: roundLatency}, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a.disturb(r)
			h.ServeHTTP(w, r)
		})
	})
	a.box = box
	var b strings.Builder
	begin := time.Now().AddDate(0, 0, -1).UnixMilli()
	for i := range roundMessages {
		for r := range n {
			fmt.Fprintf(&b, `{"msg_id":"%d","timestamp":%d,"from":"v%d","to":"p%[3]d","chat_type":"chat",`+
				`"payload":{"bodies":[{"type":"txt","msg":"message %[4]d"}],"ext":{},"from":"v%[3]d","to":"p%[3]d"}}`+"\n",
				uint64(r+1)*1_000_000+uint64(i), begin+int64(i)*1000, r, i)
		}
	}
	if _, err := box.Import(t.Context(), strings.NewReader(b.String()), nil); err != nil {
		t.Fatal(err)
	}
	to := box.Credentials()
	a.env = append(os.Environ(), "ROAMCTL_KEYRING=off", "ROAMCTL_LIMITS=off", "ROAMCTL_RETRIES=12",
		"ROAMCTL_HOST="+calm, "ROAMCTL_APP_KEY="+to.AppKey,
		"ROAMCTL_CLIENT_ID="+to.ClientID, "ROAMCTL_CLIENT_SECRET="+to.ClientSecret)
	var err error
	a.client, err = easemob.New(easemob.Options{Host: calm, AppKey: to.AppKey, ClientID: to.ClientID, ClientSecret: to.ClientSecret})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// disturb sends a message from the peer to the victim before each request about them
// that changes something, and before some of those that read.
func (a *arena) disturb(r *http.Request) {
	for segment := range strings.SplitSeq(r.URL.Path, "/") {
		a.mu.Lock()
		playing := a.playing[segment]
		a.mu.Unlock()
		if playing != nil {
			playing.write(r.Context(), r.Method == http.MethodDelete || strings.HasSuffix(r.URL.Path, "/delete/all"))
			return
		}
	}
}
