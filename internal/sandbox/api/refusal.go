package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/secrets"
)

// refusal is an error of the service (docs/contract.md, section 1).
type refusal struct {
	status      int
	word        string
	description string
	exception   string // "" for the word
	code        int    // error_code; 0 for none
	why         string // for the log, not part of the answer
	cause       error  // of the sandbox's own failure, for the log
}

func (e *refusal) Error() string { return e.word + ": " + e.description }

func refuse(status int, word, format string, args ...any) *refusal {
	return &refusal{status: status, word: word, description: fmt.Sprintf(format, args...)}
}

// withCode adds an error_code.
func (e *refusal) withCode(code int) *refusal {
	e.code = code
	return e
}

// because adds a reason for the log.
func (e *refusal) because(format string, args ...any) *refusal {
	e.why = fmt.Sprintf(format, args...)
	return e
}

// Refusals of several routes. Only the words and descriptions in docs/contract.md
// are the service's own.
func errInternal() *refusal {
	return refuse(http.StatusInternalServerError, "internal_server_error", "the sandbox failed; see its log")
}

func errLimited() error {
	// docs/contract.md, section 10, has the description, and section 1 this word.
	return refuse(http.StatusTooManyRequests, "resource_limited", "This request has reached api limit")
}

func errArgument(format string, args ...any) error {
	return refuse(http.StatusBadRequest, "illegal_argument", format, args...)
}

func errBody(format string, args ...any) error {
	return refuse(http.StatusBadRequest, "invalid_request_body", format, args...)
}

// errTooLarge is [inferred]: docs/contract.md does not say how the service refuses a body
// or a file.
func errTooLarge(what string, most int) error {
	return refuse(http.StatusRequestEntityTooLarge, "request_entity_too_large", "%s is larger than %d bytes", what, most)
}

// errNotEmulated refuses a route that the sandbox does not have. No error of the
// service has this word, so that a test can tell it from an absent user.
func errNotEmulated(c *call, why string) *refusal {
	if why != "" {
		why = ": " + why
	}
	return refuse(http.StatusNotFound, "not_emulated", "the sandbox does not emulate %s %s%s", c.r.Method, c.path, why)
}

// errAbsent refuses a call for something that does not exist.
func errAbsent(err error) *refusal {
	const word = "service_resource_not_found"
	m, ok := errors.AsType[*store.MissingError](err)
	switch {
	case ok && m.Kind == "group": // docs/contract.md, section 9
		return refuse(http.StatusNotFound, word, "do not find this group:%s", m.Name)
	case ok && m.Kind == "conversation": // docs/contract.md, section 2; the words are [inferred]
		return refuse(http.StatusNotFound, word, "%v", err).withCode(codeNoConversation)
	}
	e := refuse(http.StatusNotFound, word, "Service resource not found: %v", err)
	if ok && m.Kind == "user" { // docs/contract.md, section 9
		e.exception = "UserNotFoundException"
	}
	return e
}

// asRefusal returns the answer to an error. One that is not a refusal is the
// sandbox's own failure: its cause is for the log.
func asRefusal(err error) *refusal {
	if e, ok := errors.AsType[*refusal](err); ok {
		return e
	}
	if errors.Is(err, store.ErrNotFound) {
		return errAbsent(err)
	}
	e := errInternal()
	e.cause = err
	return e
}

// report tells the log of a refusal: with the route's pattern, without the query and
// without secrets. A failure of the sandbox's own is not a refusal.
func (s *service) report(rt route, c *call, e *refusal) {
	if e.cause != nil {
		if !errors.Is(e.cause, context.Canceled) {
			s.Log("%s %s: %v", c.r.Method, c.r.URL.Path, e.cause)
		}
		return
	}
	var known secrets.Redactor
	known.Add(s.Issuer.ClientSecret)
	bearer := strings.TrimPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	known.Add(bearer)
	user := cmp.Or(c.user, c.caller.User)
	if claims, err := s.Issuer.Verify(bearer, s.Now()); user == "" && err == nil {
		user = claims.User
	}
	reason := e.Error()
	if e.why != "" {
		reason += " (" + e.why + ")"
	}
	_, route, _ := strings.Cut(rt.pattern, " ")
	s.Refused(c.ctx, store.Refusal{
		Method: c.r.Method, Route: cmp.Or(route, known.Text(c.path)), User: user, Status: e.status,
		Reason: known.Text(reason),
	})
}

// fail answers with an error in the service's form.
func (s *service) fail(w http.ResponseWriter, r *http.Request, e *refusal) {
	body := map[string]any{
		"error": e.word, "exception": cmp.Or(e.exception, e.word), "timestamp": s.Now().UnixMilli(), "duration": 0,
		"error_description": e.description,
	}
	if e.code != 0 {
		body["error_code"] = e.code
	}
	s.answer(w, r, e.status, body)
}
