package doctor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// at is a home whose environment names a host.
func at(t *testing.T, host string) *cmdtest.Home {
	t.Helper()
	home := cmdtest.New(t)
	for name, value := range map[string]string{
		"HOST": host, "APP_KEY": "org#app", "APP_TOKEN": "hush-hush-4711", "KEYRING": "off", "RETRIES": "0", "LIMITS": "off", "INSECURE_HTTP": "on",
	} {
		home.Env["ROAMCTL_"+name] = value
	}
	home.Env["LANG"] = "C.UTF-8"
	return home
}

// failing runs doctor, in which one check must fail with exit code 9, and returns
// what it saw.
func failing(t *testing.T, home *cmdtest.Home, check string) string {
	t.Helper()
	r, result := run(t, home, "--user", "alice", "--debug")
	result.Want(t, 9)
	if diff := cmp.Diff(map[string]string{check: "failed"}, r.bad()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(result.Out+result.Err, "hush-hush") {
		t.Error("the output holds the token")
	}
	return r.seen(check)
}

func TestHostsThatAreNotTheService(t *testing.T) {
	for _, tt := range []struct {
		name, kind, body string
		status           int
		header           http.Header
		seen             string
	}{
		{"a web site", "text/html; charset=utf-8", "<!doctype html><title>Welcome</title>", 200, nil, "a web page (200)"},
		{"a web page without a type", "", "\n <html>", 404, nil, "a web page (404)"},
		{"another API", "application/json", `{"message":"Not Found","documentation_url":"https://api.example.com"}`, 404, nil, "JSON that is not the service's (404)"},
		{"an API that says yes to all", "application/json", `{"status":"ok","timestamp":1763629200000}`, 200, nil, "JSON that is not the service's (200)"},
		{"a captive portal", "text/html", "", 302, http.Header{"Location": {"http://login.example/?next=secret"}}, "redirects to http://login.example (302)"},
		{"plain text", "text/plain", "hush", 200, nil, `"text/plain" (200)`},
		{"nothing", "", "", 204, nil, "(204)"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			maps.Copy(w.Header(), tt.header)
			if w.Header()["Content-Type"] = nil; tt.kind != "" {
				w.Header().Set("Content-Type", tt.kind)
			}
			w.WriteHeader(tt.status)
			if tt.body != "" {
				_, _ = io.WriteString(w, tt.body)
			}
		}))
		t.Cleanup(server.Close)
		if seen := failing(t, at(t, server.URL), "host"); !strings.Contains(seen, tt.seen) || strings.Contains(seen, "next") {
			t.Errorf("%s: %s", tt.name, seen)
		}
	}
}

// listen listens on a free port of this machine.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestHostsThatDoNotAnswer(t *testing.T) {
	silent, closed, cut := listen(t), listen(t), listen(t)
	_ = closed.Close()
	go func() {
		for {
			c, err := cut.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for _, tt := range []struct{ name, host, seen string }{
		{"a closed port", "http://" + closed.Addr().String(), "refused"},
		{"a port that never answers", "http://" + silent.Addr().String(), "no answer in time while waiting for the answer"},
		{"a TLS port that never answers", silent.Addr().String(), "no answer in time while negotiating TLS"},
		{"a port that hangs up", "http://" + cut.Addr().String(), "cut while waiting for the answer"},
		{"a port without TLS", strings.TrimPrefix(plain.URL, "http://"), "without TLS"},
		{"a name without an address", "no-such-host.invalid", "no-such-host.invalid"},
	} {
		home := at(t, tt.host)
		home.Env["ROAMCTL_TIMEOUT"] = "300ms"
		if seen := failing(t, home, "network"); !strings.Contains(seen, tt.seen) {
			t.Errorf("%s: %s", tt.name, seen)
		}
	}
}

// certified serves TLS with a certificate for names, and returns the server's host
// and the certificate as PEM.
func certified(t *testing.T, from, until time.Time, names ...string) (host, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Authority"}, NotBefore: from, NotAfter: until,
		DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	if len(names) > 0 {
		template.IPAddresses = nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "https://"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestCertificates(t *testing.T) {
	now, day := time.Now(), 24*time.Hour
	for _, tt := range []struct {
		name        string
		from, until time.Time
		names       []string
		trusted     bool
		check, seen string
	}{
		{"an unknown authority", now.Add(-day), now.Add(day), nil, false, "network", "by Test Authority, which this machine does not trust"},
		{"an expired certificate", now.Add(-2 * day), now.Add(-day), nil, true, "network", "expired at"},
		{"a certificate of the future", now.Add(day), now.Add(2 * day), nil, true, "network", "valid from"},
		{"another host's certificate", now.Add(-day), now.Add(day), []string{"portal.example", "b.example"}, true, "network", "for portal.example, b.example, not for 127.0.0.1"},
		{"a trusted one", now.Add(-day), now.Add(day), nil, true, "host", "not as the service"},
	} {
		host, ca := certified(t, tt.from, tt.until, tt.names...)
		home := at(t, host)
		if tt.trusted {
			home.Env["ROAMCTL_CA_FILE"] = home.Write("ca.pem", ca)
		}
		if seen := failing(t, home, tt.check); !strings.Contains(seen, tt.seen) {
			t.Errorf("%s: %s", tt.name, seen)
		}
	}
}

// proxied makes the environment's proxy that of a server, which answers CONNECT and
// other requests with a status.
func proxied(t *testing.T, status int) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(server.Close)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		t.Setenv(name, strings.Replace(server.URL, "http://", "http://support:hush-hush-pw@", 1))
	}
	t.Setenv("NO_PROXY", "")
	return server
}

func TestProxies(t *testing.T) {
	for _, tt := range []struct {
		status int
		host   string
		check  string
		seen   string
	}{
		{http.StatusProxyAuthRequired, "a1.example", "network", "wants another user and password"},
		{http.StatusForbidden, "a1.example", "network", "refuses to connect to a1.example:443: 403"},
		{http.StatusProxyAuthRequired, "http://a1.example", "host", "wants another user and password"},
	} {
		server := proxied(t, tt.status)
		home := at(t, tt.host)
		home.Env["HTTPS_PROXY"], home.Env["HTTP_PROXY"] = "set", "set"
		r, result := run(t, home)
		result.Want(t, 9)
		if seen := r.seen(tt.check); !strings.Contains(seen, tt.seen) || !strings.Contains(seen, server.Listener.Addr().String()) {
			t.Errorf("%d: %s", tt.status, seen)
		}
		if seen := r.seen("proxy"); !strings.Contains(seen, "go through http://127.0.0.1:") || !strings.Contains(seen, "_PROXY") {
			t.Errorf("%d: %s", tt.status, seen)
		}
		if all := result.Out + result.Err; strings.Contains(all, "hush-hush-pw") || strings.Contains(all, "support") {
			t.Errorf("the output holds the proxy's user or password:\n%s", all)
		}
	}
}

// A clock that is off is a warning. The service says in its answer what time it is.
func TestClock(t *testing.T) {
	for off, want := range map[time.Duration]string{
		0: "ok", 10 * time.Minute: "10m0s ahead", -48 * time.Hour: "48h0m0s behind",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			stamp := strconv.FormatInt(time.Now().Add(-off).UnixMilli(), 10)
			w.Header().Set("Content-Type", "application/json")
			if r.Header.Get("Authorization") == "" {
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(w, `{"error":"unauthorized","error_description":"Unable to authenticate (OAuth)","timestamp":`+stamp+`}`)
				return
			}
			_, _ = io.WriteString(w, `{"entities":[],"timestamp":`+stamp+`}`)
		}))
		t.Cleanup(server.Close)
		r, _ := run(t, at(t, server.URL))
		if got := r.bad()["clock"]; (want == "ok") != (got == "") || want != "ok" && !strings.Contains(r.seen("clock"), want) {
			t.Errorf("off by %s: %s %s", off, got, r.seen("clock"))
		}
	}
}
