package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client calls a sandbox's server.
type Client struct {
	URL       string            // of the sandbox, such as http://127.0.0.1:8080
	Token     string            // an app token
	Transport http.RoundTripper // nil for the default; it bounds the wait for the answer's header
}

// EventsTimeout is enough for the header of an answer to Events.
const EventsTimeout = waitAtMost + 10*time.Second

// maxAnswer bounds an answer, in bytes: events hold whole messages.
const maxAnswer = 16 << 20

// Devices lists the connected devices.
func (c *Client) Devices(ctx context.Context) ([]Device, error) {
	var answer list[Device]
	err := c.do(ctx, http.MethodGet, "devices", nil, &answer)
	return answer.Items, err
}

// Send sends a message and returns its ID.
func (c *Client) Send(ctx context.Context, r SendRequest) (id string, err error) {
	var answer sent
	err = c.do(ctx, http.MethodPost, "messages", r, &answer)
	return answer.ID, err
}

// AddUser creates an account if there is none of that name, and sets its password
// unless that is "".
func (c *Client) AddUser(ctx context.Context, r UserRequest) (created bool, err error) {
	var answer added
	err = c.do(ctx, http.MethodPost, "users", r, &answer)
	return answer.Created, err
}

// Events waits for events after a Seq, -1 for new ones, and returns none after some
// seconds. next is the after of the next call.
func (c *Client) Events(ctx context.Context, after int64) (events []Event, next int64, err error) {
	path := "events"
	if after >= 0 {
		path += "?after=" + strconv.FormatInt(after, 10)
	}
	var answer page
	err = c.do(ctx, http.MethodGet, path, nil, &answer)
	return answer.Items, answer.Next, err
}

// Error is a refused request.
type Error struct {
	Status int
	Reason string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("the sandbox answered %d: %s", e.Status, e.Reason) }

func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+Root+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.Token)
	// Do not follow redirects: they must not get the token.
	res, err := (&http.Client{
		Transport:     c.Transport,
		Timeout:       2 * EventsTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).Do(r)
	if err != nil {
		return withoutURL(err)
	}
	defer func() { _ = res.Body.Close() }() // it was read
	if res.StatusCode != http.StatusOK {
		var f failure
		if json.NewDecoder(io.LimitReader(res.Body, maxBody)).Decode(&f) != nil || f.Error == "" {
			f.Error = "this is not a sandbox that roamctl started"
		}
		return &Error{Status: res.StatusCode, Reason: f.Error}
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("reading the sandbox's answer: %w", err)
	case len(answer) > maxAnswer:
		return fmt.Errorf("reading the sandbox's answer: it is larger than %d MB", maxAnswer>>20)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("reading the sandbox's answer: %w", err)
	}
	return nil
}

// withoutURL returns the cause of a failed request: its URL can have a password.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
