package sandbox

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestContract replays the files of testdata/contract, each on a sandbox of its
// own. A file is a sequence of
//
//	> METHOD /path-below-org-and-app AUTH NAME:VALUE...   AUTH: app, a user's name, or -; then headers
//	> {"the":"body"}
//	< STATUS
//	< {"members":"that the answer must have"}
//
// In expected JSON "$any" stands for anything but an empty value, "$now" for
// the sandbox's time in milliseconds and "=name" keeps the value for a later
// {name} in a request. The feature that a file closed_FEATURE.txt names is closed. Members that are not mentioned are not looked at;
// arrays must match item by item. {org}, {app}, {client_id} and
// {client_secret} are the credentials.
func TestContract(t *testing.T) {
	paths, err := filepath.Glob("testdata/contract/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no samples", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			o := Options{Limits: strings.Contains(path, "limits")}
			if _, feature, ok := strings.Cut(filepath.Base(path), "closed_"); ok {
				o.Closed = []Feature{Feature(strings.TrimSuffix(feature, ".txt"))}
			}
			c := newContract(t, o)
			c.replay(t, f)
		})
	}
}

type contract struct {
	world
	vars map[string]string
}

func newContract(t *testing.T, o Options) *contract {
	t.Helper()
	c := &contract{world: newWorld(t, o), vars: map[string]string{}}
	cr := c.s.Credentials()
	org, app, _ := strings.Cut(cr.AppKey, "#")
	c.vars = map[string]string{"org": org, "app": app, "client_id": cr.ClientID, "client_secret": cr.ClientSecret}
	return c
}

func (c *contract) replay(t *testing.T, r io.Reader) {
	t.Helper()
	var request, answer []string
	line := 0
	flush := func() {
		if len(request) > 0 {
			c.exchange(t, line, request, answer)
		}
		request, answer = nil, nil
	}
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		line++
		text := in.Text()
		switch {
		case strings.HasPrefix(text, "> "):
			if len(answer) > 0 {
				flush()
			}
			request = append(request, text[2:])
		case strings.HasPrefix(text, "< "):
			answer = append(answer, text[2:])
		case strings.HasPrefix(text, "+"):
			flush()
			d, err := time.ParseDuration(strings.TrimSpace(text[1:]))
			if err != nil {
				t.Fatal(err)
			}
			c.clock.advance(d)
		}
	}
	flush()
}

func (c *contract) expand(text string) string {
	for name, value := range c.vars {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

func (c *contract) exchange(t *testing.T, line int, request, answer []string) {
	t.Helper()
	first := strings.Fields(c.expand(request[0]))
	auth := "-"
	if len(first) > 2 {
		auth = first[2]
	}
	req := c.request(t, first[0], first[1], c.auth(t, auth), c.expand(strings.Join(request[1:], "\n")))
	for _, h := range first[min(3, len(first)):] {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Set(name, value)
	}
	status, body := c.send(t, req)
	if want := strings.TrimSpace(answer[0]); want != fmt.Sprint(status) {
		t.Errorf("up to line %d: %s: status %d, want %s: %s", line, request[0], status, want, body)
		return
	}
	if len(answer) == 1 {
		return
	}
	var want, got any
	if err := json.Unmarshal([]byte(c.expand(strings.Join(answer[1:], "\n"))), &want); err != nil {
		t.Fatalf("up to line %d: %v", line, err)
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("up to line %d: %v: %s", line, err, body)
	}
	if problem := c.compare("", want, got); problem != "" {
		t.Errorf("up to line %d: %s: %s in %s", line, request[0], problem, body)
	}
}

func (c *contract) compare(at string, want, got any) string {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %T", at, got)
		}
		if len(want) == 0 && len(object) > 0 {
			return at + " is not {}"
		}
		for k, v := range want {
			if problem := c.compare(at+"."+k, v, object[k]); problem != "" {
				return problem
			}
		}
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return fmt.Sprintf("%s: want %d items", at, len(want))
		}
		for i, v := range want {
			if problem := c.compare(fmt.Sprintf("%s[%d]", at, i), v, list[i]); problem != "" {
				return problem
			}
		}
	default:
		return c.compareScalar(at, want, got)
	}
	return ""
}

func (c *contract) compareScalar(at string, want, got any) string {
	text, _ := want.(string)
	switch {
	case text == "$any":
		if got == nil || got == "" {
			return at + " is missing"
		}
	case text == "$now":
		want = float64(c.clock.Now().UnixMilli())
		if got != want {
			return fmt.Sprintf("%s is %v, want the time %v", at, got, want)
		}
	case strings.HasPrefix(text, "="):
		value, ok := got.(string)
		if !ok || value == "" {
			return at + " is no text"
		}
		c.vars[text[1:]] = value
	case want != got:
		return fmt.Sprintf("%s is %#v, want %#v", at, got, want)
	}
	return ""
}

func TestPreflight(t *testing.T) {
	w := newWorld(t, Options{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, "http://sandbox/any/thing", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Access-Control-Request-Headers", "authorization,content-type,x-own")
	res, err := w.s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent || res.Header.Get("Access-Control-Allow-Origin") != "*" ||
		res.Header.Get("Access-Control-Allow-Headers") != "authorization,content-type,x-own" {
		t.Errorf("%s %v", res.Status, res.Header)
	}
}
