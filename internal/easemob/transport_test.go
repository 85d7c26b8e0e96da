package easemob

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestCAFile(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, okDeletion) }))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	marked := filepath.Join(t.TempDir(), "marked.pem")
	if err := os.WriteFile(marked, append([]byte("\ufeff"), block...), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, ca := range map[string]string{"with": file, "with a byte order mark": marked, "without": ""} {
		transport, err := NewTransport(ca, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(Options{Host: server.URL, AppKey: testAppKey, AppToken: "x", Transport: transport, Clock: newTestClock()})
		if err != nil {
			t.Fatal(err)
		}
		err = c.DeleteEverything(t.Context(), "alice")
		if ca != "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if ca == "" && (fault.KindOf(err) != fault.Network || !strings.Contains(err.Error(), "not trusted")) {
			t.Errorf("%s: %v", name, err)
		}
		transport.CloseIdleConnections()
	}
}

func TestBadCAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte("not PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fault.Kind{file: fault.Config, file + ".missing": fault.NotFound} {
		if _, err := NewTransport(name, time.Minute); fault.KindOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProxy(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://proxy.example:3128")
	t.Setenv("NO_PROXY", "internal.example")
	transport, err := NewTransport("", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{"a1.easemob.com": "http://proxy.example:3128", "internal.example": ""} {
		r := httptest.NewRequest(http.MethodGet, "https://"+host+"/", http.NoBody)
		got, err := transport.Proxy(r)
		if err != nil || (got == nil) != (want == "") || (got != nil && got.String() != want) {
			t.Errorf("%s: %v, %v", host, got, err)
		}
	}
	if transport.MaxIdleConnsPerHost < 64 {
		t.Errorf("%d idle connections a host", transport.MaxIdleConnsPerHost)
	}
}

func TestProxyErrorHidesThePassword(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://user:p4ss@pro xy:bad\x7f")
	if _, err := NewTransport("", time.Minute); fault.KindOf(err) != fault.Config || strings.Contains(err.Error(), "p4ss") {
		t.Errorf("%v", err)
	}
}
