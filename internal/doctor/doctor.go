// Package doctor finds out why roamctl does not work. It checks the
// configuration, this machine and the service, and says for each check what it
// saw and how to fix it.
//
// Its calls to the service only read: Service has no others.
package doctor

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Verdict is the result of a check.
type Verdict string

// The verdicts. Unknown is for what can't be found out without the risk of a
// change, or was not answered; Skipped for what was not tried.
const (
	OK      Verdict = "ok"
	Warning Verdict = "warning"
	Failed  Verdict = "failed"
	Unknown Verdict = "unknown"
	Skipped Verdict = "skipped"
)

// Check is one check and its result.
type Check struct {
	Name     string  `json:"name"`
	Verdict  Verdict `json:"verdict"`
	Seen     string  `json:"seen"`
	Fix      string  `json:"fix"`       // "" if there is nothing to do
	ExitCode int     `json:"exit_code"` // 3, 4, 6 or 9 if it failed, else 0

	kind fault.Kind // of a failure
}

// Setting is a setting that is not at its default.
type Setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"` // **** for a secret, "" for a malformed value
	Source string `json:"source"`
}

// Report is what the checks found.
type Report struct {
	Version  string       `json:"version"`
	Platform string       `json:"platform"`
	Time     roaming.Time `json:"time"` // by this machine's clock
	Profile  string       `json:"profile"`
	Host     string       `json:"host"`    // "" if it is not known
	AppKey   string       `json:"app_key"` // "" if it is not known
	User     string       `json:"user"`    // "" without --user
	Verdict  Verdict      `json:"verdict"` // failed, warning or ok
	ExitCode int          `json:"exit_code"`
	Settings []Setting    `json:"settings"`
	Checks   []Check      `json:"checks"`
}

// Service are the calls of the service that the checks make. All of them read.
type Service interface {
	// Verify checks that the service accepts the app's token.
	Verify(ctx context.Context) error
	Conversations(ctx context.Context, user string, q roaming.ConversationQuery) iter.Seq2[roaming.Page[roaming.Conversation], error]
	History(ctx context.Context, ref roaming.Ref, q roaming.HistoryQuery) iter.Seq2[roaming.Page[roaming.Message], error]
	// CheckHistoryFiles returns nil if the service has files of an hour, or an error
	// of roaming.HistoryFiles.
	CheckHistoryFiles(ctx context.Context, hour time.Time) error
	// CheckSearch returns nil if the service can search a user's messages.
	CheckSearch(ctx context.Context, user string) error
	// Limiter returns what counts the calls.
	Limiter() *limiter.Limiter
}

// first returns the items of the first page. It skips items that can't be read.
func first[T any](pages iter.Seq2[roaming.Page[T], error]) (items []T, err error) {
	for page, err := range pages {
		if err == nil || !roaming.IsItemError(err) {
			return page.Items, err
		}
		items = page.Items
	}
	return items, nil
}

// Target is the service to check. Service is nil if the configuration is not
// complete, and so is Transport if there is nothing to connect to.
type Target struct {
	Profile   string
	Host      string // a host name, or a URL
	AppKey    string
	Transport http.RoundTripper
	Timeout   time.Duration // of one attempt
	Service   Service
	Err       error // why Service is nil
	// Discover, if not nil, returns the host of the App Key by the vendor's
	// discovery service.
	Discover func(ctx context.Context) (string, error)
}

// local reports whether the service is on this machine.
func (t Target) local() bool { return config.IsLocal(t.Host) }

// Options are what the checks need.
type Options struct {
	Version string
	User    string // whose history is read; "" skips those checks
	Room    string // a chat room of the user's whose history is read; "" for none
	Sandbox bool   // the service is in this process

	Config    *config.Config
	ConfigErr error // why the file can't be used; Config is then without it
	Target    Target
	IO        *iostreams.Streams
	Env       func(string) string
	Now       func() time.Time
	Redact    func(string) string // removes secrets
}

// checkTime bounds each call of the service, with its retries, and localTime
// each of this machine.
const (
	checkTime = 10 * time.Second
	localTime = 5 * time.Second
)

// Run makes all checks. Independent ones run at the same time.
func Run(ctx context.Context, o Options) Report {
	groups := []func(context.Context) []Check{
		o.configuration, o.keyring, o.folders, o.terminal, o.service,
	}
	results := make([][]Check, len(groups))
	var all sync.WaitGroup
	for i, group := range groups {
		all.Go(func() { results[i] = group(ctx) })
	}
	all.Wait()
	r := Report{
		Version: o.Version, Platform: runtime.GOOS + "/" + runtime.GOARCH, Time: roaming.Millis(o.Now().UnixMilli()),
		Profile: o.Target.Profile, Host: o.Target.Host, AppKey: o.Target.AppKey, User: o.User,
		Settings: o.settings(), Checks: slices.Concat(results...),
	}
	r.conclude(o.Redact)
	return r
}

// conclude removes secrets and sums up the checks.
func (r *Report) conclude(redact func(string) string) {
	r.Host, r.AppKey = redact(r.Host), redact(r.AppKey)
	r.Verdict = OK
	for i := range r.Settings {
		r.Settings[i].Value = redact(r.Settings[i].Value)
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Seen, c.Fix = redact(clip(c.Seen)), redact(clip(c.Fix))
		switch {
		case c.Verdict == Failed:
			c.ExitCode = exitCode(c.kind)
			r.ExitCode = cmp.Or(r.ExitCode, c.ExitCode)
			r.Verdict = Failed
		case c.Verdict == Warning && r.Verdict == OK:
			r.Verdict = Warning
		}
	}
}

// Err is the first check that failed, in the order of the checks, as an error;
// nil if none did.
func (r *Report) Err() error {
	i := slices.IndexFunc(r.Checks, func(c Check) bool { return c.Verdict == Failed })
	if i < 0 {
		return nil
	}
	c := r.Checks[i]
	return fault.New(exitKind(c.kind), "%s failed: %s", c.Name, c.Seen).WithHint("%s", c.Fix)
}

// exitKind is a failure's kind, of those that doctor exits with: Config, Auth,
// Refused and Network.
func exitKind(k fault.Kind) fault.Kind {
	switch k {
	case fault.Config, fault.Auth, fault.Network:
		return k
	case fault.NotFound, fault.Refused, fault.RateLimited:
		return fault.Refused
	default:
		return fault.Network
	}
}

func exitCode(k fault.Kind) int { return exitKind(k).ExitCode() }

// The constructors of checks.

func passed(name, seen string) Check  { return Check{Name: name, Verdict: OK, Seen: seen} }
func skipped(name, seen string) Check { return Check{Name: name, Verdict: Skipped, Seen: seen} }
func warning(name, seen, fix string) Check {
	return Check{Name: name, Verdict: Warning, Seen: seen, Fix: fix}
}

func unknown(name, seen, fix string) Check {
	return Check{Name: name, Verdict: Unknown, Seen: seen, Fix: fix}
}

func failed(name string, kind fault.Kind, seen, fix string) Check {
	return Check{Name: name, Verdict: Failed, Seen: seen, Fix: fix, kind: kind}
}

// failedBy is a check that failed with an error, or that roamctl's own rate limit
// kept from asking.
func failedBy(name string, err error) Check {
	if roaming.IsNotSent(err) {
		return unknown(name, "not asked: roamctl waits for its own rate limit, which other commands have used up", "wait a minute, and try again")
	}
	return failed(name, fault.KindOf(err), saying(err), cmp.Or(fault.HintOf(err), "try again with --debug, and report what it prints"))
}

// saying is an error's text, with the end of its time in plain words.
func saying(err error) string {
	f := faultOf(err)
	switch {
	case !errors.Is(err, context.DeadlineExceeded):
		return err.Error()
	case f == nil || f.Message == "":
		return "no answer in time"
	case f.Status != 0 || strings.Contains(f.Message, "in time"):
		return f.Message
	default:
		return f.Message + ": no answer in time"
	}
}

func faultOf(err error) *fault.Error {
	f, _ := errors.AsType[*fault.Error](err)
	return f
}
