package sandbox

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// How long a client may take, so that slow ones don't use up the connections.
const (
	headerWithin = 10 * time.Second
	bodyWithin   = 10 * time.Second
	idleAtMost   = 2 * time.Minute
)

// limitBodies has the body of each request come within the given time. It is
// not http.Server.ReadTimeout, which would cut off answers that take longer.
func limitBodies(next http.Handler, within time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			control := http.NewResponseController(w)
			// Without a deadline the request is served all the same.
			_ = control.SetReadDeadline(time.Now().Add(within))
			r.Body = &limitedBody{r.Body, control}
		}
		next.ServeHTTP(w, r)
	})
}

// limitedBody lifts the deadline once all of the body has come.
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
