package easemob

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-resty/resty/v2"
	"github.com/roamctl/roamctl/internal/roaming"
)

// closing records that a body is closed.
type closing struct {
	io.Reader

	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestReadBody(t *testing.T) {
	packed := gzipped(strings.Repeat("x", 40_000))
	broken := errors.New("broken off")
	tests := []struct {
		name   string
		body   io.Reader
		length int64
		packed bool
		want   int // bytes
		err    error
	}{
		{"with its length", strings.NewReader(strings.Repeat("x", 40_000)), 40_000, false, 40_000, nil},
		{"without", iotest.OneByteReader(strings.NewReader(strings.Repeat("x", 40_000))), -1, false, 40_000, nil},
		{"of the wrong length", strings.NewReader("xxx"), 1 << 60, false, 3, nil},
		{"empty", strings.NewReader(""), 0, true, 0, nil},
		{"packed", bytes.NewReader(packed), int64(len(packed)), true, 40_000, nil},
		{"packed, and of one more byte than may be", bytes.NewReader(gzipped(strings.Repeat("x", maxAnswer+1))), -1, true, 0, resty.ErrResponseBodyTooLarge},
		{"small", strings.NewReader(strings.Repeat("x", smallAnswer)), -1, false, smallAnswer, nil},
		{"large", strings.NewReader(strings.Repeat("x", smallAnswer+1)), -1, false, smallAnswer + 1, nil},
		{"said to be packed", strings.NewReader("xxx"), 3, true, 0, io.ErrUnexpectedEOF},
		{"broken off", io.MultiReader(strings.NewReader("xxx"), iotest.ErrReader(broken)), 40_000, false, 0, broken},
		{"of the most bytes", strings.NewReader(strings.Repeat("x", maxAnswer)), -1, false, maxAnswer, nil},
		{"of one more", strings.NewReader(strings.Repeat("x", maxAnswer+1)), maxAnswer + 1, false, 0, resty.ErrResponseBodyTooLarge},
	}
	for _, tt := range tests {
		body := &closing{Reader: tt.body}
		resp := &http.Response{Header: http.Header{}, ContentLength: tt.length, Body: body}
		if tt.packed {
			resp.Header.Set("Content-Encoding", "GZIP")
		}
		turns := 0
		got, err := readBody(t.Context(), resp, func(context.Context) error { turns++; return nil })
		if want := min(1, len(got)/(smallAnswer+1)); err == nil && turns != want {
			t.Errorf("%s: %d turns were requested, want %d", tt.name, turns, want)
		}
		if !errors.Is(err, tt.err) || len(got) != tt.want || strings.Trim(string(got), "x") != "" || !body.closed {
			t.Errorf("%s: %d bytes, %v, closed %v", tt.name, len(got), err, body.closed)
		}
	}
}

// TestABrokenBodyIsRetried: an answer without all of its body is a failed attempt.
func TestABrokenBodyIsRetried(t *testing.T) {
	var traced []Attempt
	c, clock := newOffline(t, func(n int) (*http.Response, error) {
		good := response(http.StatusOK, nil, okDeletion)
		if n == 1 {
			good.Body = io.NopCloser(iotest.TimeoutReader(iotest.OneByteReader(good.Body)))
		}
		return good, nil
	}, func(o *Options) {
		o.Trace = func(x Attempt) { traced = append(traced, x) }
		o.Retry.MinWait = time.Millisecond
	})
	if err := c.DeleteMessages(t.Context(), alice("bob", roaming.Chat), []roaming.MessageID{1}, true); err != nil {
		t.Fatal(err)
	}
	if len(traced) != 2 || traced[0].Status != 0 || traced[0].Err == "" || traced[1].Status != http.StatusOK || len(clock.sleeps) != 1 {
		t.Errorf("%+v, %v", traced, clock.sleeps)
	}
}

func gzipped(text string) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return packed.Bytes()
}

// TestLargeAnswersTakeTurns: a large answer waits while others use the memory.
func TestLargeAnswersTakeTurns(t *testing.T) {
	body := `{"data":{"channel_infos":[],"cursor":"","x":"` + strings.Repeat("x", smallAnswer) + `"}}`
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := newOffline(t, func(int) (*http.Response, error) {
		r := response(http.StatusOK, nil, "")
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(body[:smallAnswer]), once(cancel), strings.NewReader(body[smallAnswer:])))
		return r, nil
	})
	if !c.large.TryAcquire(largeAnswers) {
		t.Fatal("there are fewer turns")
	}
	if _, err := c.RecentConversations(ctx, "alice"); !errors.Is(err, context.Canceled) {
		t.Errorf("no turn was left: %v", err)
	}
	c.large.Release(largeAnswers)
	if _, err := c.RecentConversations(t.Context(), "alice"); err != nil {
		t.Error(err)
	}
	if !c.large.TryAcquire(largeAnswers) {
		t.Error("a turn was kept")
	}
}

// once is an empty reader that calls a function when it is read.
type once func()

func (f once) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}
