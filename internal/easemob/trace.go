package easemob

import (
	"time"

	"github.com/go-resty/resty/v2"
)

// Exchange is the record of one HTTP attempt, for --debug. Secrets are taken
// out of it (redact.go); headers and the answer's body are not in it.
type Exchange struct {
	Method        string
	URL           string // path and query
	Body          string // the request's JSON; "" for none
	Attempt       int    // from 1, for one call
	Status        int    // 0 when no answer came
	Err           string // why no answer came
	RequestID     string // where the service sent one
	RequestBytes  int    // the body's
	ResponseBytes int    // the body's
	Duration      time.Duration
}

func exchange(k call, r *resty.Request, a answer, body []byte, attempt int, took time.Duration) Exchange {
	x := Exchange{
		Method:        k.method,
		URL:           redactURL(r.URL),
		Body:          redactJSON(body),
		Attempt:       attempt,
		Status:        a.sent,
		RequestID:     requestID(a.header),
		RequestBytes:  len(body),
		ResponseBytes: len(a.body),
		Duration:      took,
	}
	if a.err != nil {
		x.Err = withoutURL(a.err).Error()
	}
	return x
}
