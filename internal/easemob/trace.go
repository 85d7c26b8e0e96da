package easemob

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/roamctl/roamctl/internal/exactjson"
	"github.com/roamctl/roamctl/internal/secrets"
)

// Attempt is the record of one HTTP attempt, for --debug. It holds no secret,
// header or answer.
type Attempt struct {
	Method        string
	URL           string // path and query
	Body          string // the request's JSON; "" for none
	Number        int    // from 1, for one call
	Status        int    // 0 without an answer
	Err           string // why there is none
	ResponseBytes int    // the body's
	Duration      time.Duration
}

// trace records the last attempt. resty's debug log is not used: it has the secrets in
// query strings and the whole answer.
func (x *exchange) trace(resp *resty.Response) {
	a := Attempt{
		Method:        x.call.method,
		Body:          x.c.secrets.Text(redactJSON(x.body)),
		Status:        x.answer.sent,
		ResponseBytes: len(x.answer.body),
		Duration:      x.c.clock.Now().Sub(x.began),
	}
	if resp != nil {
		a.URL, a.Number = x.c.secrets.Text(redactURL(resp.Request.URL)), resp.Request.Attempt
	}
	if x.answer.err != nil {
		a.Err = x.c.secrets.Text(withoutURL(x.answer.err).Error())
	}
	x.c.trace(a)
}

// isSecret reports whether a field or parameter of that name holds a secret.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"secret", "token", "password", "authorization", "signature"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// redactURL returns a URL's path and query without secrets.
func redactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return secrets.Redacted
	}
	query := u.Query()
	for name := range query {
		if isSecret(name) {
			query.Set(name, secrets.Redacted)
		}
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: query.Encode()}).String()
}

// redactJSON returns a JSON body without secrets; "" for an empty one.
func redactJSON(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	v, exact := exactjson.Decode(body)
	b, err := json.Marshal(redactValue(v))
	if err != nil || !exact {
		return secrets.Redacted
	}
	return string(b)
}

func redactValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			if isSecret(name) {
				v[name] = secrets.Redacted
			} else {
				v[name] = redactValue(v[name])
			}
		}
	case []any:
		for i := range v {
			v[i] = redactValue(v[i])
		}
	}
	return v
}

// withoutURL returns the cause of a *url.Error, which holds the whole URL.
func withoutURL(err error) error {
	for {
		u, ok := errors.AsType[*url.Error](err)
		if !ok {
			return err
		}
		err = u.Err
	}
}
