package easemob

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-resty/resty/v2"

	"github.com/roamctl/roamctl/internal/fault"
)

// fault returns what is wrong with an answer, or nil.
func (a answer) fault(ctx context.Context, k call) *fault.Error {
	if a.err != nil {
		return a.transportFault(ctx, k)
	}
	if isSuccess(a.status) {
		return nil
	}
	b := a.explanation()
	f := fault.New(statusKind(a.status), "%s: %s", k.what, b.sentence(a.sent))
	f.Status, f.ServiceError, f.RequestID = a.sent, clip(string(b.Error), 100), requestID(a.header)
	a.explain(f, k, b.known(a.sent))
	// docs/contract.md does not say how the service refuses one conversation.
	// What it says is about a user or the app has its scope from explain.
	if k.history && f.Scope == fault.ByKind && refusesConversation(a.status) {
		f.Scope = fault.OneConversation
	}
	return f
}

// refusesConversation reports whether a status is about what was requested, and
// not about the credentials, the rate or the network.
func refusesConversation(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

func (a answer) transportFault(ctx context.Context, k call) *fault.Error {
	err := withoutURL(a.err)
	if ctx.Err() != nil && !k.changes { // the caller cancelled the attempt
		return fault.Wrap(fault.KindOf(ctx.Err()), ctx.Err(), "%s", k.what)
	}
	switch {
	case errors.Is(err, resty.ErrResponseBodyTooLarge):
		return fault.New(fault.Network, "%s: the answer of %s to %s %s is larger than %d MB", k.what, a.host, k.method, k.path, maxAnswer>>20).
			WithHint("no answer of the service is that large: " + notTheService)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(fault.Network, err, "%s: no answer in time", k.what).
			WithHint("the service may be slow or unreachable: check the host setting and the network")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fault.Wrap(fault.Network, err, "%s: the host's certificate is not trusted", k.what).
			WithHint("if a proxy or a private host has its own certificate authority, set the CA file to its certificate")
	}
	return fault.Wrap(fault.Network, err, "%s: the connection failed", k.what).
		WithHint("check the host setting, the network and the proxy variables")
}

// statusKind returns the kind of a status that is not 2xx.
func statusKind(status int) fault.Kind {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fault.Auth
	case status == http.StatusNotFound:
		return fault.NotFound
	case status == http.StatusTooManyRequests:
		return fault.RateLimited
	case status == http.StatusRequestTimeout, status >= 500, status < 400:
		return fault.Network
	}
	return fault.Refused
}

// explanation reads the service's explanation, or makes one of what a proxy sent.
func (a answer) explanation() errorBody {
	var b errorBody
	if unmarshal(a.body, &b) == nil {
		return b
	}
	kind := cmp.Or(a.header.Get("Content-Type"), "something")
	return errorBody{Description: words("answered with " + kind + ", not JSON")}
}

// sentence returns the service's words, or the status in words.
func (b errorBody) sentence(status int) string {
	said := cmp.Or(b.Description, b.Exception, b.Error)
	if said == "" && b.Code != "" {
		said = "error code " + b.Code
	}
	return fmt.Sprintf("%s (%d)", clip(cmp.Or(string(said), http.StatusText(status)), 300), status)
}

// clip returns s in one line of at most n runes.
func clip(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}

// requestID returns the answer's ID for the vendor's support. docs/contract.md
// names no header; these are the usual ones.
func requestID(h http.Header) string {
	for _, name := range []string{"X-Request-Id", "Request-Id", "X-Trace-Id"} {
		if v := h.Get(name); v != "" {
			return clip(v, 100)
		}
	}
	return ""
}

// explain adds what the contract says of a refusal.
func (a answer) explain(f *fault.Error, k call, known refusal) {
	f.Kind, f.Scope, f.Hint = cmp.Or(known.kind, f.Kind), known.scope, known.hint
	contentType := a.header.Get("Content-Type")
	switch {
	case a.sent >= 300 && a.sent < 400:
		f.Message = fmt.Sprintf("%s: the host answers with a redirect (%d)", k.what, a.sent)
		f.Hint = "check the host setting: tokens are not sent along a redirect"
	case f.Hint != "":
	case f.Kind == fault.Auth:
		f.Hint = "a fresh token did not help: check the credentials and their permissions in the vendor's console"
	case f.Kind == fault.RateLimited:
		f.Hint = rateHint
	case contentType != "" && !strings.Contains(contentType, "json"):
		f.Hint = notTheService
	}
}
