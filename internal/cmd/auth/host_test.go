package auth_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// vendor is the vendor's network: each of its hosts is one server, behind a proxy
// which the environment names.
type vendor struct {
	caFile string

	mu        sync.Mutex
	discovery string // the answer of the discovery route
	asked     []string
}

func newVendor(t *testing.T, h *cmdtest.Home) *vendor {
	t.Helper()
	v := &vendor{discovery: `{"rest":{"hosts":[{"protocol":"https","domain":"a31.easemob.com","port":443,"priority":"1"}]}}`}
	app := newService(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		v.asked = append(v.asked, r.Host+r.URL.Path)
		body := v.discovery
		v.mu.Unlock()
		if r.Host != "rs.easemob.com" {
			app.Config.Handler.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("Authorization") != "" {
			t.Error("the discovery service was sent a token")
		}
		answer(w, http.StatusOK, body)
	}))
	certificate, ca := certify(t, "rs.easemob.com", "a31.easemob.com")
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	v.caFile = h.Write("ca.pem", string(ca))
	t.Setenv("HTTPS_PROXY", "http://"+proxyTo(t, server.Listener.Addr().String()))
	t.Setenv("NO_PROXY", "")
	return v
}

// took is which hosts and routes were asked since the last time.
func (v *vendor) took() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	asked := strings.Join(v.asked, " ")
	v.asked = nil
	return asked
}

// certify makes a certificate for hosts, and its PEM.
func certify(t *testing.T, hosts ...string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: hosts,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// proxyTo starts a proxy that connects every client to one address.
func proxyTo(t *testing.T, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				in := bufio.NewReader(client)
				if _, err := http.ReadRequest(in); err != nil {
					return
				}
				server, err := net.Dial("tcp", address)
				if err != nil {
					return
				}
				defer server.Close()
				_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
				go func() { _, _ = io.Copy(server, in) }()
				_, _ = io.Copy(client, server)
			}()
		}
	}()
	return l.Addr().String()
}

func TestHostAutoAsksOnceAndIsKept(t *testing.T) {
	h := cmdtest.New(t)
	v := newVendor(t, h)
	h.Env["ROAMCTL_CA_FILE"] = v.caFile
	args := []string{"auth", "login", "--host", "auto", "--app-key", testKey, "--client-id", clientID, "--client-secret-file", "-"}
	h.Pipe(secret, args...).Want(t, 0, "App Key org#app is at a31.easemob.com", "org#app at auto; the service accepted")
	if got := v.took(); got != "rs.easemob.com/easemob/server.json a31.easemob.com/org/app/token" {
		t.Errorf("a login asks %s", got)
	}
	h.OK("config", "get", "host")
	h.Run("auth", "status", "-o", "json").Want(t, 0, `"host": "a31.easemob.com"`, `"service": "accepted"`)
	if got := v.took(); got != "a31.easemob.com/org/app/users" {
		t.Errorf("the host is asked for again: %s", got)
	}

	// Another login asks anew, and does not send a secret to another's host.
	v.discovery = strings.Replace(v.discovery, "a31.easemob.com", "a31.easemob.com.example.org", 1)
	r := h.Pipe(secret, args...)
	r.Want(t, 3, "no https host of the vendor", "--host")
	nothingSecret(t, r)
	if got := v.took(); got != "rs.easemob.com/easemob/server.json" {
		t.Errorf("it asked %s", got)
	}

	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	h.Pipe(secret, args...).Want(t, 9, "discovery service", "--host")
	h.Pipe(secret, append(slices.Clone(args), "--app-key", "org#other", "--no-check")...).Want(t, 0, "not checked")
	h.Run("users", "list").Want(t, 9, "discovery service")
}

func TestLoginOffersTheDataCentres(t *testing.T) {
	for typed, host := range map[string]string{
		"2": "a31.easemob.com", "singapore 1": "a1-sgp.easemob.com", "Germany-2": "a71.easemob.com", "7": "auto", "auto": "auto",
		"99\nvip.easemob.com": "vip.easemob.com",
	} {
		h := cmdtest.New(t)
		r := h.Type(typed+"\n"+testKey+"\n"+clientID+"\n"+secret+"\n", "auth", "login", "--no-check")
		r.Want(t, 0, "1  China 1      a1.easemob.com", "7  auto         ask the vendor's discovery service")
		if got := strings.TrimSpace(h.OK("config", "get", "host")); got != host {
			t.Errorf("%q: %s, want %s", typed, got, host)
		}
	}
}
