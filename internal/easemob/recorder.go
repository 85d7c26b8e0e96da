package easemob

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// Request is a call as it would be sent, without its credentials.
type Request struct {
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// String is the request on one line.
func (r Request) String() string {
	if len(r.Body) == 0 {
		return r.Method + " " + r.URL
	}
	return r.Method + " " + r.URL + " " + string(r.Body)
}

// Recorder is a transport for dry runs: it sends nothing, keeps every request,
// and answers each as the service answers a deletion (contract, sections 4 and 5).
type Recorder struct {
	mu       sync.Mutex
	requests []Request
}

// Requests are the requests kept so far, in order.
func (r *Recorder) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// RoundTrip keeps the request.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	kept := Request{Method: req.Method, URL: req.URL.String()}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, fmt.Errorf("reading the request to record: %w", err)
		}
		if err := req.Body.Close(); err != nil {
			return nil, fmt.Errorf("reading the request to record: %w", err)
		}
		kept.Body = body
	}
	r.mu.Lock()
	r.requests = append(r.requests, kept)
	r.mu.Unlock()
	return &http.Response{
		StatusCode: http.StatusOK,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  http.Header{"Content-Type": {"application/json"}},
		Body:    io.NopCloser(bytes.NewReader([]byte(`{"requestStatusCode":"ok","data":{"result":"ok"}}`))),
		Request: req,
	}, nil
}
