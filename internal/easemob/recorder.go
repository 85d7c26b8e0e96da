package easemob

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Request is a request of a dry run, without credentials.
type Request struct {
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// String returns the request on one line.
func (r Request) String() string {
	if len(r.Body) == 0 {
		return r.Method + " " + r.URL
	}
	return r.Method + " " + r.URL + " " + string(r.Body)
}

// Recorder is a transport for dry runs. It sends nothing, records the requests, and
// answers each as the service answers a deletion (docs/contract.md, sections 4 and
// 5).
type Recorder struct {
	mu       sync.Mutex
	requests []Request
}

// Requests returns the recorded requests in order.
func (r *Recorder) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// RoundTrip records the request.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	recorded := Request{Method: req.Method, URL: req.URL.String()}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err := errors.Join(err, req.Body.Close()); err != nil {
			return nil, fmt.Errorf("recording the request: %w", err)
		}
		recorded.Body = body
	}
	r.mu.Lock()
	r.requests = append(r.requests, recorded)
	r.mu.Unlock()
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(`{"requestStatusCode":"ok","data":{"result":"ok"}}`)),
		Request:    req,
	}, nil
}
