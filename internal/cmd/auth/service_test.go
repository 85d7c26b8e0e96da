package auth_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

const (
	secret    = "hush-hush-4711"
	appToken  = "YWMt-given-0815"
	newToken  = "YWMt-issued-1234"
	clientID  = "YXA6-client"
	testKey   = "org#app"
	tokenLife = 5_184_000
)

// service answers as docs/contract.md, sections 1 and 9, says.
type service struct {
	*httptest.Server

	mu    sync.Mutex
	calls []string
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /org/app/token", token)
	mux.HandleFunc("GET /org/app/users", func(w http.ResponseWriter, r *http.Request) {
		if auth := r.Header.Get("Authorization"); auth != "Bearer "+appToken && auth != "Bearer "+newToken {
			answer(w, http.StatusUnauthorized, `{"error":"unauthorized","error_description":"Unable to authenticate (OAuth)"}`)
			return
		}
		answer(w, http.StatusOK, `{"entities":[],"count":0}`)
	})
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.calls = append(s.calls, r.Method+" "+r.URL.Path)
		s.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func token(w http.ResponseWriter, r *http.Request) {
	var asked map[string]any
	b, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(b, &asked) != nil {
		answer(w, http.StatusBadRequest, `{"error":"invalid_request_body"}`)
		return
	}
	switch {
	case asked["grant_type"] == "inherit" && r.Header.Get("Authorization") == "Bearer "+appToken:
		answer(w, http.StatusOK, `{"access_token":"YWMt-user","expires_in":3600,"user":{"username":"alice"}}`)
	case asked["client_id"] != clientID:
		answer(w, http.StatusBadRequest, `{"error":"invalid_grant","error_description":"client_id does not match"}`)
	case asked["client_secret"] != secret:
		answer(w, http.StatusBadRequest, `{"error":"invalid_grant","error_description":"client_secret does not match"}`)
	default:
		answer(w, http.StatusOK, fmt.Sprintf(`{"access_token":%q,"expires_in":%d,"application":"x"}`, newToken, tokenLife))
	}
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// took is what was asked since the last time.
func (s *service) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}
