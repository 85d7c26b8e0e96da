// Package inproc lets an http.Client call a handler in its own process, without
// a socket.
package inproc

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// Transport is an http.RoundTripper that calls Handler. What would cut the
// connection of a server is an error here: before the answer's header a
// connection reset, within its body io.ErrUnexpectedEOF.
type Transport struct {
	Handler http.Handler
}

// RoundTrip runs the handler to its end; a handler is expected to return soon
// after the request's context ends.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }() // a RoundTripper has to
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := &writer{header: http.Header{}}
	cut := t.serve(w, incoming(r))
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if cut && w.status == 0 {
		return nil, &net.OpError{Op: "read", Net: "in-process", Err: syscall.ECONNRESET}
	}
	return w.response(r, cut), nil
}

// serve runs the handler and tells whether it cut the connection.
func (t Transport) serve(w http.ResponseWriter, r *http.Request) (cut bool) {
	defer func() {
		if p := recover(); p != nil { // as http.Server does: the process lives on
			cut = true
		}
	}()
	t.Handler.ServeHTTP(w, r)
	return false
}

// incoming is the request as a server would see it.
func incoming(r *http.Request) *http.Request {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "in-process"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in
}

// writer keeps the answer.
type writer struct {
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	body   bytes.Buffer
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		w.sent = w.header.Clone()
	}
}

func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *writer) response(r *http.Request, cut bool) *http.Response {
	w.WriteHeader(http.StatusOK)
	length := int64(w.body.Len())
	var body io.Reader = &w.body
	if cut {
		body = io.MultiReader(body, broken{})
		length = -1
	}
	if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil {
		length = n
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

// broken is where a body ends too early.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
