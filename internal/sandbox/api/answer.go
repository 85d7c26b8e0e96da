package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
)

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
