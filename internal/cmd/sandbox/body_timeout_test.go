package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A client that promises a body and sends none is answered and let go, whether
// or not anybody reads the body.
func TestStalledBodiesTimeOut(t *testing.T) {
	for name, read := range map[string]bool{"read": true, "not read": false} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(limitBodies(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if read {
					if _, err := io.ReadAll(r.Body); err != nil {
						http.Error(w, err.Error(), http.StatusRequestTimeout)
						return
					}
				}
				w.WriteHeader(http.StatusNoContent)
			}), time.Millisecond))
			defer server.Close()
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"); err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if read != (res.StatusCode == http.StatusRequestTimeout) {
				t.Errorf("status %s", res.Status)
			}
			_, _ = io.ReadAll(conn) // returns once the server has let go
		})
	}
}

// A whole body leaves the answer as much time as it takes.
func TestCompleteBodyClearsItsDeadline(t *testing.T) {
	var control *deadlines
	server := limitBodies(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if control.last.IsZero() {
			t.Error("there is no deadline while the body comes")
		}
		if _, err := io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
	}), time.Hour)
	control = &deadlines{ResponseWriter: httptest.NewRecorder()}
	server.ServeHTTP(control, httptest.NewRequest(http.MethodPost, "/", io.LimitReader(zeros{}, 10)))
	if !control.last.IsZero() {
		t.Errorf("the deadline stays: %s", control.last)
	}
}

type deadlines struct {
	http.ResponseWriter

	last time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.last = t
	return nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
