package easemob

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
)

// discovery returns a Discovery whose requests f answers.
func discovery(t *testing.T, f func(*http.Request) (*http.Response, error)) Discovery {
	t.Helper()
	return Discovery{
		Transport: roundTrip(f), Findings: NewFindings(filepath.Join(t.TempDir(), "cache", "service.json")),
		Warn: func(err error) { t.Error(err) },
	}
}

func TestDiscoveryAsksOnce(t *testing.T) {
	var asked []string
	d := discovery(t, func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization"))
		return response(200, nil, sample(t, "discovery.json")), nil
	})
	if host := d.Known("org#app"); host != "" {
		t.Errorf("known before: %s", host)
	}
	host, err := d.Find(t.Context(), "org#app")
	if err != nil || host != "a1.easemob.com" {
		t.Fatal(host, err)
	}
	want := []string{"GET https://rs.easemob.com/easemob/server.json?app_key=org%23app&file_version=1&sdk_version= "}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
	d.Findings = NewFindings(d.Findings.path)
	if host := d.Known("org#app"); host != "a1.easemob.com" {
		t.Errorf("not kept: %q", host)
	}
	if host := d.Known("org#other"); host != "" {
		t.Errorf("another App Key is at %s", host)
	}
}

// The answer decides where secrets go.
func TestDiscoveryAcceptsOnlyTheVendorsHosts(t *testing.T) {
	for host, want := range map[string]string{
		`{"protocol":"https","domain":"a31.easemob.com","port":443}`:                "a31.easemob.com",
		`{"protocol":"https","domain":"vip.cn.easecdn.com","port":"8443"}`:          "vip.cn.easecdn.com:8443",
		`{"protocol":"https","domain":"a31.easemob.com"}`:                           "a31.easemob.com",
		`{"protocol":"http","domain":"a31.easemob.com","port":80}`:                  "",
		`{"protocol":"https","domain":"a31.easemob.com.example.org","port":443}`:    "",
		`{"protocol":"https","domain":"notease-easemob.com","port":443}`:            "",
		`{"protocol":"https","domain":"easemob.com","port":443}`:                    "",
		`{"protocol":"https","domain":".easemob.com","port":443}`:                   "",
		`{"protocol":"https","domain":"x@y.easemob.com","port":443}`:                "",
		`{"protocol":"https","domain":"example.org/.easemob.com","port":443}`:       "",
		`{"protocol":"https","domain":"example.org:1?.easemob.com","port":443}`:     "",
		`{"protocol":"https","domain":"ｅxample.easemob.com","port":443}`:            "",
		`{"protocol":"https","domain":"-a.easemob.com","port":443}`:                 "",
		`{"protocol":"https","domain":"a1.easemob.com","port":0}`:                   "",
		`{"protocol":"https","domain":"a1.easemob.com","port":"443@example.org"}`:   "",
		`{"protocol":"https","domain":"192.0.2.1","ip":"192.0.2.1","port":443}`:     "",
		`{"protocol":"https","domain":"","ip":"192.0.2.1","port":443}`:              "",
		`{"protocol":"https","domain":"a1.easemob.com","port":70000,"priority":1}`:  "",
		`{"protocol":"HTTPS://example.org","domain":"a1.easemob.com","priority":1}`: "",
	} {
		d := discovery(t, func(*http.Request) (*http.Response, error) {
			return response(200, nil, fmt.Sprintf(`{"rest":{"hosts":[%s]}}`, host)), nil
		})
		got, err := d.Find(t.Context(), "org#app")
		if got != want || (err == nil) != (want != "") || want == "" && fault.KindOf(err) != fault.Config {
			t.Errorf("%s: %q, %v", host, got, err)
		}
		if d.Known("org#app") != want {
			t.Errorf("%s: kept %q", host, d.Known("org#app"))
		}
	}
}

// A cached host is checked like one of an answer: the file may be anybody's.
func TestACachedHostIsTheVendors(t *testing.T) {
	d := discovery(t, nil)
	if err := d.Findings.save("host of org#app", "example.org"); err != nil {
		t.Fatal(err)
	}
	if host := d.Known("org#app"); host != "" {
		t.Errorf("secrets would go to %s", host)
	}
}

func TestDiscoveryThatFails(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx    context.Context
		answer func(*http.Request) (*http.Response, error)
		kind   fault.Kind
		hint   string
	}{
		"unreachable": {t.Context(), func(*http.Request) (*http.Response, error) { return nil, errors.New("no route to host") }, fault.Network, "--host"},
		"broken":      {t.Context(), func(*http.Request) (*http.Response, error) { return response(502, nil, "<html>"), nil }, fault.Network, "--host"},
		"no such app": {t.Context(), func(*http.Request) (*http.Response, error) { return response(404, nil, "{}"), nil }, fault.Config, "--host"},
		"a redirect":  {t.Context(), func(*http.Request) (*http.Response, error) { return response(302, nil, "{}"), nil }, fault.Config, "--host"},
		"a proxy":     {t.Context(), func(*http.Request) (*http.Response, error) { return response(200, nil, "<html>"), nil }, fault.Config, "--host"},
		"empty":       {t.Context(), func(*http.Request) (*http.Response, error) { return response(200, nil, "{}"), nil }, fault.Config, "App Key"},
		"endless": {t.Context(), func(*http.Request) (*http.Response, error) {
			return response(200, nil, strings.Repeat(" ", maxDiscovery+1)), nil
		}, fault.Network, "--host"},
		"was cancelled": {cancelled, func(r *http.Request) (*http.Response, error) { return nil, r.Context().Err() }, fault.Interrupted, ""},
	} {
		d := discovery(t, tt.answer)
		_, err := d.Find(tt.ctx, "org#app")
		if fault.KindOf(err) != tt.kind || !strings.Contains(fault.HintOf(err), tt.hint) || !strings.Contains(err.Error(), "org#app") {
			t.Errorf("%s: %v (%s)", name, err, fault.HintOf(err))
		}
	}
}
