package doctor

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

// service checks the way to the service, then what it allows.
func (o Options) service(ctx context.Context) []Check {
	if o.Target.Transport == nil {
		why := "the configuration is not complete"
		if isNetwork(o.Target.Err) { // the discovery service did not answer
			why = "the host is not known"
		}
		checks := skipAll(why, slices.Concat([]string{"proxy", "network", "host", "clock"}, serviceChecks())...)
		if isNetwork(o.Target.Err) {
			checks[2] = failedBy("host", o.Target.Err)
		}
		return checks
	}
	p := send(ctx, o.Target, o.Now)
	checks := o.reach(p)
	if last := checks[len(checks)-1]; last.Verdict == Failed {
		if last.Name == "network" {
			checks = append(checks, skipped("host", "it was not reached"))
		}
		return append(checks, skipAll("the service was not reached", slices.Concat([]string{"clock"}, serviceChecks())...)...)
	}
	return append(append(checks, o.clock(p)), o.asApp(ctx, p)...)
}

// serviceChecks are the checks that need an answer of the service.
func serviceChecks() []string {
	return append([]string{"app_key", "app_token"}, featureChecks()...)
}

func skipAll(why string, names ...string) []Check {
	checks := make([]Check, len(names))
	for i, name := range names {
		checks[i] = skipped(name, why)
	}
	return checks
}

// reach checks proxy, network and host. The last check failed if one did.
func (o Options) reach(p *probe) []Check {
	if o.Sandbox {
		return append(skipAll("the sandbox is in this process", "proxy", "network"), o.hostCheck(p))
	}
	checks := []Check{o.proxyCheck(p), o.network(p)}
	if checks[1].Verdict == Failed {
		return checks
	}
	return append(checks, o.hostCheck(p))
}

// hostCheck says whether the service answered.
func (o Options) hostCheck(p *probe) Check {
	const name = "host"
	const portal = "check the host setting; on a network with a login page, log in there first; a proxy may also answer in the host's place"
	if p.err != nil {
		return failed(name, fault.Network, fmt.Sprintf("the answer broke off: %v", lastCause(p.err)), "try again, and check the network")
	}
	a, isJSON := p.json()
	said, _ := a.Error.(string)
	isService := isJSON && said != "" && (a.Timestamp != "" || a.Exception != nil || a.Description != nil)
	kind, _, _ := strings.Cut(p.header.Get("Content-Type"), ";")
	switch {
	case p.status == http.StatusProxyAuthRequired:
		seen, fix := p.proxyFailure()
		return failed(name, fault.Network, seen, fix)
	case p.status >= 300 && p.status < 400:
		to := "another place"
		if u, err := p.host.Parse(p.header.Get("Location")); err == nil && u.Host != "" {
			to = short(bare(u))
		}
		return failed(name, fault.Network, fmt.Sprintf("%s redirects to %s (%d), which the service does not", p.where(), to, p.status), portal)
	case isService && p.status >= 500:
		return warning(name, fmt.Sprintf("%s answers %d %s", p.where(), p.status, http.StatusText(p.status)), "wait and try again; report it to the vendor if it stays")
	case isService:
		return passed(name, p.where()+" is the service")
	case kind == "text/html" || strings.HasPrefix(strings.TrimSpace(string(p.body)), "<"):
		return failed(name, fault.Network, fmt.Sprintf("%s answers with a web page (%d), not as the service", p.where(), p.status), portal)
	case isJSON:
		return failed(name, fault.Network, fmt.Sprintf("%s answers with JSON that is not the service's (%d)", p.where(), p.status), portal)
	default:
		return failed(name, fault.Network, fmt.Sprintf("%s answers with %q (%d), not as the service", p.where(), short(kind), p.status), portal)
	}
}

// wrongClock is how far this machine's clock may be off.
const wrongClock = 30 * time.Second

// clock compares this machine's clock with the timestamp in the answer, or with
// its Date header, which is in whole seconds.
func (o Options) clock(p *probe) Check {
	const name = "clock"
	ours := p.received
	if !p.sent.IsZero() {
		ours = p.sent.Add(p.received.Sub(p.sent) / 2)
	}
	if ours.IsZero() {
		ours = o.Now()
	}
	var theirs time.Time
	a, _ := p.json()
	if ms, err := a.Timestamp.Int64(); err == nil && ms > 0 {
		theirs = time.UnixMilli(ms)
	} else if theirs, err = http.ParseTime(p.header.Get("Date")); err != nil {
		return unknown(name, "the service did not say what time it is", "")
	}
	off := ours.Sub(theirs).Round(time.Millisecond)
	switch {
	case off > wrongClock:
		return warning(name, fmt.Sprintf("this machine is %s ahead of the service", off.Round(time.Second)), "synchronise the clock (NTP): user tokens and times such as --before 1d depend on it")
	case off < -wrongClock:
		return warning(name, fmt.Sprintf("this machine is %s behind the service", (-off).Round(time.Second)), "synchronise the clock (NTP): user tokens and times such as --before 1d depend on it")
	default:
		return passed(name, fmt.Sprintf("within %s of the service", wrongClock))
	}
}

// unknownApp is the service's error for an App Key that it does not know
// (docs/contract.md, section 1).
const unknownApp = "organization_application_not_found"

// asApp checks the App Key and the app's credentials, then the features.
func (o Options) asApp(ctx context.Context, p *probe) []Check {
	if a, _ := p.json(); a.Error == unknownApp {
		return append([]Check{o.noSuchApp(ctx, p)}, skipAll("the App Key is not known", serviceChecks()[1:]...)...)
	}
	if o.Target.Service == nil {
		return append([]Check{unknown("app_key", "it takes credentials to find out", "")},
			skipAll("the configuration is not complete", serviceChecks()[1:]...)...)
	}
	err := o.verify(ctx)
	if f := faultOf(err); f != nil && f.ServiceError == unknownApp {
		return append([]Check{o.noSuchApp(ctx, p)}, skipAll("the App Key is not known", serviceChecks()[1:]...)...)
	}
	if err != nil {
		return append([]Check{unknown("app_key", "it takes an app token to find out", ""), failedBy("app_token", err)},
			skipAll("the app token was not accepted", featureChecks()...)...)
	}
	checks := []Check{
		passed("app_key", o.Target.AppKey+" is an app of this host"),
		passed("app_token", "the service accepts it for administration"),
	}
	return append(checks, o.features(ctx)...)
}

func (o Options) verify(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return o.Target.Service.Verify(ctx)
}

// noSuchApp is the check of an App Key that the host does not know. The host is
// the service, but the app may be in another data centre.
func (o Options) noSuchApp(ctx context.Context, p *probe) Check {
	const name = "app_key"
	seen := fmt.Sprintf("%s does not know the app %s", p.where(), o.Target.AppKey)
	if o.Target.Discover != nil {
		ctx, cancel := context.WithTimeout(ctx, o.Target.Timeout)
		defer cancel()
		host, err := o.Target.Discover(ctx)
		switch {
		case err == nil && host == strings.TrimPrefix(o.Target.Host, "https://"):
			return failed(name, fault.Config, seen+", and the vendor's discovery service knows no other host", "check the App Key against the vendor's console")
		case err == nil:
			return failed(name, fault.Config, seen+"; the vendor's discovery service says that it is at "+host, "set host to "+host+", or to auto")
		case !isNetwork(err):
			return failed(name, fault.Config, seen+", and the vendor's discovery service does not either", "check the App Key against the vendor's console")
		}
	}
	return failed(name, fault.Config, seen,
		"check the App Key against the vendor's console; if it is right, the app is in another data centre, whose REST host the console shows: set host to it")
}
