package easemob

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/roamctl/roamctl/internal/secrets"
)

const redacted = secrets.Redacted

// isSecret tells whether a field or parameter of that name holds a secret.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"secret", "token", "password", "authorization", "signature"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// redactURL is a URL's path and query without secrets. Host and user are left out.
func redactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return redacted
	}
	query := u.Query()
	for name := range query {
		if isSecret(name) {
			query.Set(name, redacted)
		}
	}
	path := u.EscapedPath()
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// redactJSON is a JSON body without secrets; "" for an empty one.
func redactJSON(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	var v any
	if err := decodeExact(body, &v); err != nil {
		return redacted
	}
	b, err := json.Marshal(redactValue(v))
	if err != nil {
		return redacted
	}
	return string(b)
}

func redactValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			if isSecret(name) {
				v[name] = redacted
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

// withoutURL is the cause in a *url.Error, which repeats the whole URL.
func withoutURL(err error) error {
	for {
		u, ok := errors.AsType[*url.Error](err)
		if !ok {
			return err
		}
		err = u.Err
	}
}
