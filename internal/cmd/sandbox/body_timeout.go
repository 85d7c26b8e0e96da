package sandbox

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// How long a client may take, so that slow clients do not use up the connections.
const (
	headerWithin = 10 * time.Second
	bodyWithin   = 10 * time.Second
	idleAtMost   = 2 * time.Minute
)

// limitBodies bounds the time in which a request's body must arrive. Unlike
// http.Server.ReadTimeout it does not bound the answer.
func limitBodies(next http.Handler, within time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			control := http.NewResponseController(w)
			// Without support for deadlines there is no bound.
			_ = control.SetReadDeadline(time.Now().Add(within))
			r.Body = &limitedBody{r.Body, control}
		}
		next.ServeHTTP(w, r)
	})
}

// limitedBody removes the deadline at the end of the body.
type limitedBody struct {
	io.ReadCloser

	control *http.ResponseController
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
