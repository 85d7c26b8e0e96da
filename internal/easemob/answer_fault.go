package easemob

import (
	"bytes"
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

// errorBody is how the service explains a refusal (docs/contract.md, section 1).
type errorBody struct {
	Error       words `json:"error"`
	Exception   words `json:"exception"`
	Description words `json:"error_description"`
	Code        words `json:"error_code"`
}

// words is a member of an error body, of any type: an object is its JSON; null, false
// and 0 are "".
type words string

// UnmarshalJSON never fails.
func (w *words) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil {
		t = text(b)
	}
	*w = words(t)
	if t == "false" || t == "0" {
		*w = ""
	}
	return nil
}

// meaning returns the status that an answer means: a 200 with an error body is a
// refusal, never data.
func (a answer) meaning() int {
	if a.sent < 200 || a.sent >= 300 || !bytes.Contains(a.body, []byte(`"error`)) && !bytes.Contains(a.body, []byte(`"exception"`)) {
		return a.sent
	}
	var b errorBody
	if unmarshal(a.body, &b) != nil || b.Error == "" && b.Exception == "" && b.Code == "" {
		return a.sent
	}
	said := strings.ToLower(string(b.Error + " " + b.Exception + " " + b.Description))
	for _, known := range []struct {
		status int
		part   string
	}{ // docs/contract.md, sections 1, 3, 9 and 10
		{http.StatusTooManyRequests, "reach_limit"},
		{http.StatusTooManyRequests, "resource_limited"},
		{http.StatusTooManyRequests, "reached api limit"},
		{http.StatusTooManyRequests, "reached the maximum limit"},
		{http.StatusUnauthorized, "unauthorized"},
		{http.StatusUnauthorized, "auth_bad_access_token"},
		{http.StatusForbidden, "forbidden_op"},
		{http.StatusForbidden, "function_not_open"},
		{http.StatusNotFound, "not_found"},
	} {
		if strings.Contains(said, known.part) {
			return known.status
		}
	}
	return http.StatusBadRequest
}

// fault returns what is wrong with an answer, or nil.
func (a answer) fault(ctx context.Context, k call) *fault.Error {
	if a.err != nil {
		return a.transportFault(ctx, k)
	}
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	b := a.errorBody()
	f := fault.New(statusKind(a.status), "%s: %s", k.what, b.sentence(a.sent))
	f.Status, f.ServiceError, f.RequestID = a.sent, clip(string(b.Error), 100), requestID(a.header)
	explain(f, k, a.header)
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

// errorBody reads the service's explanation, or makes one of what a proxy sent.
func (a answer) errorBody() errorBody {
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

// explain adds hints to the refusals of docs/contract.md, sections 1 to 5.
func explain(f *fault.Error, k call, h http.Header) {
	has := func(text string) bool { return strings.Contains(f.Message, text) }
	switch {
	case f.Status >= 300 && f.Status < 400:
		f.Message = fmt.Sprintf("%s: the host answers with a redirect (%d)", k.what, f.Status)
		f.Hint = "check the host setting: tokens are not sent along a redirect"
	case f.ServiceError == "organization_application_not_found":
		f.Scope, f.Hint = fault.WholeApp, "check the App Key, and that the host is the app's data centre"
	case has("client_id") || has("client_secret"):
		f.Kind, f.Scope, f.Hint = fault.Auth, fault.WholeApp, "check client ID and client secret against the vendor's console"
	case has("user not activated"):
		f.Kind, f.Scope, f.Hint = fault.Auth, fault.OneUser, "the user is deactivated: activate it in the vendor's console"
	case f.ServiceError == "function_not_open_error":
		f.Scope, f.Hint = fault.WholeApp, "message roaming is not open for this App Key, or not for chat rooms: ask the vendor to open it"
	case has("not open message roaming"):
		f.Scope, f.Hint = fault.WholeApp, "this App Key lacks the message roaming add-on: turn it on in the vendor's console"
	case has("user not found") || f.ServiceError == "service_resource_not_found":
		f.Hint = "check the ID: user IDs are lowercase, and a user must exist in this app"
	case has("msg list limit"):
		f.Hint = "use a smaller batch size"
	case f.Kind == fault.Auth:
		f.Hint = "a fresh token did not help: check the credentials and their permissions in the vendor's console"
	case f.Kind == fault.RateLimited:
		f.Hint = "wait a minute, or lower the profile's limits; other programs share the App Key's budget"
	case h.Get("Content-Type") != "" && !strings.Contains(h.Get("Content-Type"), "json"):
		f.Hint = notTheService
	}
}
