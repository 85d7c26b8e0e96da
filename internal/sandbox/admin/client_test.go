package admin

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestTheTokenFollowsNoRedirect: a redirect is a refusal, wherever it leads.
func TestTheTokenFollowsNoRedirect(t *testing.T) {
	for _, to := range []string{"http://elsewhere.example/", "/sandbox/other", "http://sandbox.example/?token=given-token"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			asked := 0
			c := Client{URL: "http://sandbox.example", Token: "given-token", Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				asked++
				return &http.Response{StatusCode: status, Header: http.Header{"Location": {to}}, Body: io.NopCloser(strings.NewReader(""))}, nil
			})}
			_, err := c.Devices(t.Context())
			if _, refused := errors.AsType[*Error](err); !refused || asked != 1 || strings.Contains(err.Error(), "given-token") {
				t.Errorf("%d to %s: %d requests, %v", status, to, asked, err)
			}
		}
	}
}

// TestAnswersOfASandboxAreBounded: whatever is at its address.
func TestAnswersOfASandboxAreBounded(t *testing.T) {
	var read int64
	c := Client{URL: "http://sandbox.example", Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(io.TeeReader(endless{}, counter{&read}))}, nil
	})}
	_, err := c.Devices(t.Context())
	if err == nil || !strings.Contains(err.Error(), "larger than 16 MB") || read > 2*maxAnswer {
		t.Errorf("%d bytes were read: %v", read, err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

type counter struct{ n *int64 }

func (c counter) Write(b []byte) (int, error) {
	*c.n += int64(len(b))
	return len(b), nil
}

// TestErrorsNameNoURL: it may hold a password.
func TestErrorsNameNoURL(t *testing.T) {
	c := Client{URL: "http://sandbox.example", Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })}
	if _, err := c.Devices(t.Context()); !errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "sandbox.example") {
		t.Error(err)
	}
}
