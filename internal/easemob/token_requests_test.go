package easemob

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestConcurrentCallersShareATokenRequest(t *testing.T) {
	release := make(chan struct{})
	s := &service{answer: replies(okDeletion)}
	s.token = func(w http.ResponseWriter, _ *http.Request, _ string) {
		<-release
		reply(w, 200, `{"access_token":"app-token","expires_in":3600}`)
	}
	c, _ := newTest(t, s)
	var wg sync.WaitGroup
	errs := make(chan error, 20)
	for range cap(errs) {
		wg.Go(func() { errs <- c.DeleteEverything(t.Context(), "alice") })
	}
	close(release)
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if n := len(s.asked(true)) - len(s.asked(false)); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

// When the caller who requests a token is cancelled, another one who waits for it still
// gets a token.
func TestATokenRequestOutlivesItsFirstCaller(t *testing.T) {
	started, release := make(chan struct{}, 2), make(chan struct{})
	s := &service{answer: replies(okDeletion)}
	s.token = func(w http.ResponseWriter, _ *http.Request, _ string) {
		started <- struct{}{}
		<-release
		reply(w, 200, `{"access_token":"app-token","expires_in":3600}`)
	}
	c, _ := newTest(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- c.DeleteEverything(ctx, "alice") }()
	<-started
	go func() { second <- c.DeleteEverything(t.Context(), "bob") }()
	cancel()
	if err := <-first; fault.KindOf(err) != fault.Interrupted {
		t.Errorf("the first: %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Errorf("the second: %v", err)
	}
}

func TestTokenRequestsAreNotRetried(t *testing.T) {
	for _, status := range []int{408, 429, 500, 503} {
		s := &service{token: func(w http.ResponseWriter, _ *http.Request, _ string) { reply(w, status, `{}`) }}
		c, _ := newTest(t, s)
		if err := c.DeleteEverything(t.Context(), "alice"); err == nil || len(s.asked(true)) != 1 {
			t.Errorf("%d: %d requests, %v", status, len(s.asked(true)), err)
		}
	}
}

func TestLifetime(t *testing.T) {
	day := 24 * time.Hour
	for in, want := range map[int64]time.Duration{
		0: 0, -1: 0, 60: time.Minute, 5184000: 60 * day, 5184000000: 60 * day, // 60 days in either unit
		10 * 365 * 86400: 10 * 365 * day, 4 * 86400 * 1000: 4 * day,
		1 << 62: 100 * 365 * day,
	} {
		if got := lifetime(in); got != want {
			t.Errorf("%d: %v, want %v", in, got, want)
		}
	}
}

func TestRenewalMargin(t *testing.T) {
	now := newTestClock().Now()
	for life, margin := range map[time.Duration]time.Duration{
		time.Minute: 6 * time.Second, time.Hour: 5 * time.Minute, 1000 * time.Hour: 5 * time.Minute,
	} {
		token := newToken("x", GrantInherit, now, life)
		if got := token.Expires.Sub(token.RenewAt); got != margin {
			t.Errorf("%v: renewed %v early, want %v", life, got, margin)
		}
	}
	if !newToken("x", GrantInherit, now, 0).fresh(now.AddDate(50, 0, 0)) {
		t.Error("a token without end ended")
	}
}
