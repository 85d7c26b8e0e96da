package easemob

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

// discoveryURL is the route that names an App Key's hosts, without a token
// (docs/contract.md, section 0).
const discoveryURL = "https://rs.easemob.com/easemob/server.json"

// maxDiscovery is many times the size of an answer, in bytes.
const maxDiscovery = 1 << 20

// Discovery finds the REST host of an App Key. The answer decides where secrets go: it
// must come by https, and name a host of the vendor.
type Discovery struct {
	Transport http.RoundTripper // NewTransport's
	Findings  *Findings
	Timeout   time.Duration
	UserAgent string
	Warn      func(error) // is called when the answer cannot be cached
}

// Known returns the host that was found earlier, or "".
func (d Discovery) Known(key string) string {
	host, _ := d.Findings.load("host of " + key)
	if !IsVendorHost(host) {
		return ""
	}
	return host
}

// Find asks for the host, and caches it. A service that cannot be reached is a
// fault.Network, an answer without a usable host a fault.Config.
func (d Discovery) Find(ctx context.Context, key string) (string, error) {
	app, err := parseAppKey(key)
	if err != nil {
		return "", err
	}
	host, err := d.ask(ctx, app)
	if err != nil {
		return "", err
	}
	if err := d.Findings.save("host of "+key, host); err != nil {
		d.Warn(err)
	}
	return host, nil
}

// wireHost is a host of the answer.
type wireHost struct {
	Protocol text `json:"protocol"`
	Domain   text `json:"domain"`
	Port     text `json:"port"`
	Priority text `json:"priority"`
}

func (d Discovery) ask(ctx context.Context, app appKey) (string, error) {
	what := "asking the vendor's discovery service for the host of " + app.String()
	hint := "set the host that the vendor's console shows: --host, ROAMCTL_HOST or roamctl config set host"
	body, status, err := d.get(ctx, app)
	switch {
	case ctx.Err() != nil:
		return "", fault.Wrap(fault.KindOf(ctx.Err()), ctx.Err(), "%s", what)
	case err != nil:
		return "", fault.Wrap(fault.Network, withoutURL(err), "%s", what).WithHint("check the network and the proxy variables, or %s", hint)
	case status != http.StatusOK:
		f := fault.New(discoveryKind(status), "%s: the answer is %d %s", what, status, http.StatusText(status))
		f.Status = status
		return "", f.WithHint("%s", hint)
	}
	var a struct {
		Rest struct {
			Hosts []wireHost `json:"hosts"`
		} `json:"rest"`
	}
	if err := unmarshal(body, &a); err != nil {
		return "", fault.Wrap(fault.Config, err, "%s: the answer is not the expected JSON", what).WithHint("%s", hint)
	}
	if host := bestHost(a.Rest.Hosts); host != "" {
		return host, nil
	}
	return "", fault.New(fault.Config, "%s: the answer names no https host of the vendor", what).WithHint("check the App Key, or %s", hint)
}

// discoveryKind returns the kind of a status that is not 200.
func discoveryKind(status int) fault.Kind {
	if status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout {
		return fault.Network
	}
	return fault.Config
}

func (d Discovery) get(ctx context.Context, app appKey) (body []byte, status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(d.Timeout, 30*time.Second))
	defer cancel()
	query := url.Values{"app_key": {app.String()}, "sdk_version": {""}, "file_version": {"1"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, discoveryURL+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("User-Agent", cmp.Or(d.UserAgent, "roamctl"))
	resp, err := d.Transport.RoundTrip(r) // follows no redirect
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxDiscovery+1))
	if err == nil && len(body) > maxDiscovery {
		err = fmt.Errorf("the answer has more than %d kB", maxDiscovery>>10)
	}
	return body, resp.StatusCode, err
}

// bestHost returns the https host of priority 1, else the first one; "" for none.
func bestHost(hosts []wireHost) (best string) {
	for _, h := range hosts {
		host := strings.ToLower(string(h.Domain))
		if h.Protocol != "https" || !IsVendorHost(host) {
			continue
		}
		if h.Port != "" && h.Port != "443" {
			if port, err := strconv.ParseUint(string(h.Port), 10, 16); err != nil || port == 0 {
				continue
			}
			host += ":" + string(h.Port)
		}
		if h.Priority == "1" {
			return host
		}
		best = cmp.Or(best, host)
	}
	return best
}

// IsVendorHost reports whether a host, perhaps with a port, is below one of the
// vendor's domains (docs/contract.md, section 0).
func IsVendorHost(host string) bool {
	const alphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"
	name, port, hasPort := strings.Cut(host, ":")
	if n, err := strconv.ParseUint(port, 10, 16); hasPort && (err != nil || n == 0) || len(name) > 253 {
		return false
	}
	for _, domain := range []string{".easemob.com", ".easecdn.com"} {
		sub, ok := strings.CutSuffix(name, domain)
		if !ok {
			continue
		}
		for label := range strings.SplitSeq(sub, ".") {
			if label == "" || len(label) > 63 || strings.Trim(label, alphanumeric+"-") != "" || strings.Trim(label, "-") != label {
				return false
			}
		}
		return true
	}
	return false
}
