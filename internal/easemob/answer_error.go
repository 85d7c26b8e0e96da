package easemob

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-resty/resty/v2"

	"github.com/roamctl/roamctl/internal/fault"
)

// errorBody is how the service explains a refusal (contract, section 1).
type errorBody struct {
	Error       words `json:"error"`
	Exception   words `json:"exception"`
	Description words `json:"error_description"`
	Code        words `json:"error_code"`
}

// words are what an error body says, whatever their type: an object is kept as
// it is written. What says nothing is "".
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

// amountsTo is the status that an answer means. A 200 may hold an error body:
// that is a refusal, never data.
func (a answer) amountsTo() int {
	if a.sent < 200 || a.sent >= 300 || !bytes.Contains(a.body, []byte(`"error`)) && !bytes.Contains(a.body, []byte(`"exception"`)) {
		return a.sent
	}
	var b errorBody
	if json.Unmarshal(a.body, &b) != nil || b.Error == "" && b.Exception == "" && b.Code == "" {
		return a.sent
	}
	said := strings.ToLower(string(b.Error + " " + b.Exception + " " + b.Description))
	for _, known := range []struct {
		status int
		part   string
	}{ // the contract's words, sections 1, 2, 9 and 10
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

// fault says what is wrong with an answer; nil when nothing is.
func (a answer) fault(ctx context.Context, k call) *fault.Error {
	if a.err != nil {
		return a.transportFault(ctx, k)
	}
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	b := readErrorBody(a)
	f := fault.New(statusKind(a.status), "%s: %s", k.what, b.sentence(a.sent))
	f.Status, f.ServiceError, f.RequestID = a.sent, clip(string(b.Error), 100), requestID(a.header)
	explain(f, k, a.header)
	if k.history && f.Scope == fault.ByKind && refusesConversation(a.status) {
		f.Scope = fault.OneConversation
	}
	return f
}

// refusesConversation tells whether a status is about what was requested, and not
// about who requests it, how often, or the network. The contract does not say how
// the service refuses one conversation; what it does say is about a user or the app
// has its scope from explain.
func refusesConversation(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

func (a answer) transportFault(ctx context.Context, k call) *fault.Error {
	err := withoutURL(a.err)
	if ctx.Err() != nil && !k.changes { // it was given up for that
		return fault.Wrap(fault.KindOf(ctx.Err()), ctx.Err(), "%s", k.what)
	}
	switch {
	case errors.Is(err, resty.ErrResponseBodyTooLarge):
		return fault.New(fault.Network, "%s: the answer of %s to %s %s is larger than %d MB", k.what, a.host, k.method, k.path, maxAnswer>>20).
			WithHint("no answer of the service is that large: check the host setting, and whether a proxy answers in its place")
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(fault.Network, err, "%s: no answer in time", k.what).
			WithHint("the service may be slow or unreachable: check the host setting and the network")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fault.Wrap(fault.Network, err, "%s: the host's certificate is not trusted", k.what).
			WithHint("where a proxy or a private host has its own authority, name its certificate in the CA file setting")
	}
	return fault.Wrap(fault.Network, err, "%s: the connection failed", k.what).
		WithHint("check the host setting, the network and the proxy variables")
}

// statusKind classes a status that is not 2xx.
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

// readErrorBody reads the service's explanation, or makes one of what a proxy said.
func readErrorBody(a answer) errorBody {
	var b errorBody
	if json.Unmarshal(a.body, &b) == nil {
		return b
	}
	kind := a.header.Get("Content-Type")
	if kind == "" {
		kind = "something"
	}
	return errorBody{Description: words(fmt.Sprintf("answered with %s, not JSON", kind))}
}

// sentence is what the service said, clipped, or its status in words.
func (b errorBody) sentence(status int) string {
	said := string(b.Description)
	if said == "" {
		said = string(b.Exception)
	}
	if said == "" {
		said = string(b.Error)
	}
	if said == "" && b.Code != "" {
		said = "error code " + string(b.Code)
	}
	if said == "" {
		said = http.StatusText(status)
	}
	return fmt.Sprintf("%s (%d)", clip(said, 300), status)
}

// clip makes one line of at most n runes.
func clip(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}

// requestID finds the answer's ID for the vendor's support. The contract
// names no header; these are the usual ones.
func requestID(h http.Header) string {
	for _, name := range []string{"X-Request-Id", "Request-Id", "X-Trace-Id"} {
		if v := h.Get(name); v != "" {
			return clip(v, 100)
		}
	}
	return ""
}

// explain adds hints to the refusals that the contract knows (sections 1 to 5).
func explain(f *fault.Error, k call, h http.Header) {
	said := f.Message
	switch {
	case f.Status >= 300 && f.Status < 400:
		f.Message = fmt.Sprintf("%s: the host answers with a redirect (%d)", k.what, f.Status)
		_ = f.WithHint("check the host setting: tokens are not sent along a redirect")
	case f.ServiceError == "organization_application_not_found":
		_ = f.WithScope(fault.WholeApp).WithHint("check the App Key, and that the host is the app's data centre")
	case strings.Contains(said, "client_id") || strings.Contains(said, "client_secret"):
		f.Kind = fault.Auth
		_ = f.WithScope(fault.WholeApp).WithHint("check client ID and client secret against the vendor's console")
	case strings.Contains(said, "user not activated"):
		f.Kind, f.Scope = fault.Auth, fault.OneUser
		_ = f.WithHint("the user is deactivated: activate it in the vendor's console")
	case f.ServiceError == "function_not_open_error":
		_ = f.WithScope(fault.WholeApp).WithHint("message roaming is not open for this App Key, or not for chat rooms: ask the vendor to open it")
	case strings.Contains(said, "not open message roaming"):
		_ = f.WithScope(fault.WholeApp).WithHint("the message roaming add-on is not bought for this App Key: turn it on in the vendor's console")
	case strings.Contains(said, "user not found") || f.ServiceError == "service_resource_not_found":
		_ = f.WithHint("check the ID: user IDs are lowercase, and a user must exist in this app")
	case strings.Contains(said, "msg list limit"):
		_ = f.WithHint("use a smaller batch size")
	case f.Kind == fault.Auth:
		_ = f.WithHint("a fresh token did not help: check the credentials, and what they may do, in the vendor's console")
	case f.Kind == fault.RateLimited:
		_ = f.WithHint("wait a minute, or lower the pace in the profile's limits; other programs share the App Key's budget")
	case h.Get("Content-Type") != "" && !strings.Contains(h.Get("Content-Type"), "json"):
		_ = f.WithHint("check the host setting, and whether a proxy answers in the service's place")
	}
}
