package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// refusal is an error of the service (docs/contract.md, section 1).
type refusal struct {
	status      int
	word        string
	description string
}

func (e *refusal) Error() string { return e.word + ": " + e.description }

func refuse(status int, word, format string, args ...any) error {
	return &refusal{status, word, fmt.Sprintf(format, args...)}
}

// Refusals of several routes. Only the words and descriptions in docs/contract.md
// are the service's own.
func errInternal() error {
	return refuse(http.StatusInternalServerError, "internal_server_error", "the sandbox failed; see its log")
}

func errLimited() error {
	// docs/contract.md has the description, and this word for 429 at /token.
	return refuse(http.StatusTooManyRequests, "resource_limited", "This request has reached api limit")
}

func errArgument(format string, args ...any) error {
	return refuse(http.StatusBadRequest, "illegal_argument", format, args...)
}

func errBody(format string, args ...any) error {
	return refuse(http.StatusBadRequest, "invalid_request_body", format, args...)
}

func (s *service) answer(w http.ResponseWriter, r *http.Request, status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		s.Log("bug: encoding the answer to %s %s: %v", r.Method, r.URL.Path, err)
		http.Error(w, `{"error":"internal_server_error"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // fails when the client has disconnected
}

// fail answers with an error in the service's form. An error that is not a refusal
// is the sandbox's own failure: it answers 500 and logs the cause.
func (s *service) fail(w http.ResponseWriter, r *http.Request, err error) {
	e, ok := errors.AsType[*refusal](err)
	if !ok {
		if errors.Is(err, store.ErrNotFound) {
			err = refuse(http.StatusNotFound, "service_resource_not_found", "Service resource not found: %v", err)
		} else {
			if !errors.Is(err, context.Canceled) {
				s.Log("%s %s: %v", r.Method, r.URL.Path, err)
			}
			err = errInternal()
		}
		e, _ = errors.AsType[*refusal](err)
	}
	s.answer(w, r, e.status, map[string]any{
		"error": e.word, "exception": e.word, "timestamp": s.Now().UnixMilli(), "duration": 0,
		"error_description": e.description,
	})
}

// envelope returns an answer with the members that most answers have.
func (s *service) envelope(c *call, action string, more map[string]any) map[string]any {
	m := map[string]any{
		"path": c.r.URL.Path, "uri": "http://" + c.r.Host + c.r.URL.Path, "timestamp": s.Now().UnixMilli(),
		"organization": s.org, "application": s.appID(), "entities": []any{}, "action": action,
		"duration": s.Now().Sub(c.start).Milliseconds(), "applicationName": s.app,
	}
	maps.Copy(m, more)
	return m
}

// done returns the answer to a deletion (docs/contract.md, section 4).
func (s *service) done() map[string]any {
	return map[string]any{"requestStatusCode": "ok", "timestamp": s.Now().UnixMilli()}
}
