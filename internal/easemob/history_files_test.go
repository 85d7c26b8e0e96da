package easemob

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

func inBeijing(o *Options) { o.HistoryFilesZone = Beijing() }

// storage serves files beside a service, and the service answers with URLs of it.
func storage(t *testing.T, s *service, serve func(w http.ResponseWriter, r *http.Request, n int)) {
	t.Helper()
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if auth := r.Header.Get("Authorization"); auth != "" {
			t.Errorf("the storage received a token: %s", auth)
		}
		n++
		serve(w, r, n)
	}))
	t.Cleanup(server.Close)
	s.answer = replies(strings.ReplaceAll(sample(t, "history_files.json"), "STORAGE", server.URL))
}

var hour = time.Date(2025, 11, 20, 9, 0, 0, 0, time.UTC)

// fetch fetches an hour and returns the files' texts. No temporary file may be left.
func fetch(t *testing.T, c *Client) (files []string, err error) {
	t.Helper()
	dir := t.TempDir()
	err = c.HistoryFile(t.Context(), hour, dir, func(r io.Reader) error {
		b, err := io.ReadAll(r)
		files = append(files, string(b))
		return err
	})
	left, readErr := os.ReadDir(dir)
	if readErr != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, readErr)
	}
	return files, err
}

func TestHistoryFile(t *testing.T) {
	s := &service{}
	storage(t, s, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Query().Get("Signature") != "s3cr3tSign" || r.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		w.Header().Set("Content-Encoding", "gzip") // the file is stored that way
		_, _ = io.WriteString(w, "\x1f\x8bfile")
	})
	var traced []string
	c, _ := newTest(t, s, inBeijing, func(o *Options) { o.Trace = func(a Attempt) { traced = append(traced, a.URL) } })
	files, err := fetch(t, c)
	if diff := cmp.Diff([]string{"\x1f\x8bfile"}, files); diff != "" || err != nil {
		t.Error(diff, err)
	}
	want := request{"GET", "/org/app/chatmessages/2025112017", "", "app", ""}
	got := s.asked(false)[0]
	got.Auth = who(got.Auth)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if all := strings.Join(traced, " "); strings.Contains(all, "s3cr3tSign") || len(traced) < 2 {
		t.Errorf("traced: %s", all)
	}
}

func TestHistoryFileInSeveralParts(t *testing.T) {
	s := &service{}
	storage(t, s, func(w http.ResponseWriter, r *http.Request, _ int) { _, _ = io.WriteString(w, r.URL.Path) })
	one := s.answer
	s.answer = func(w http.ResponseWriter, r *http.Request, n int) {
		rec := httptest.NewRecorder()
		one(rec, r, n)
		_, link, _ := strings.Cut(rec.Body.String(), `{"url": "`)
		link, _, _ = strings.Cut(link, "/history")
		reply(w, 200, fmt.Sprintf(`{"data":[{"url":%q},{"url":%q}]}`, link+"/a", link+"/b"))
	}
	c, _ := newTest(t, s, inBeijing)
	files, err := fetch(t, c)
	if diff := cmp.Diff([]string{"/a", "/b"}, files); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestHourNames(t *testing.T) {
	for host, want := range map[string]string{
		"a1.easemob.com": "2025112017", "A31.easemob.com:443": "2025112017", "https://a31.easecdn.com": "2025112017",
		"a1-sgp.easemob.com": "2025112009", "a61.easemob.com": "2025112009", "a41.easecdn.com": "2025112009", "a71.easemob.com": "2025112009",
		"a1.easemob.com.example": "", "vip5.easemob.com": "", "127.0.0.1:8080": "", "a41.chat.agora.io": "",
	} {
		c, err := New(Options{Host: host, AppKey: testAppKey, AppToken: "t"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.HistoryFileName(hour)
		if got != want || want == "" && fault.KindOf(err) != fault.Config {
			t.Errorf("%s: %q, %v; want %q", host, got, err, want)
		}
	}
}

func TestUnknownZoneSendsNothing(t *testing.T) {
	s := &service{answer: replies(`{}`)}
	c, _ := newTest(t, s)
	if _, err := fetch(t, c); fault.ExitCode(err) != 3 || len(s.asked(true)) > 0 {
		t.Errorf("%v, %v", err, s.asked(true))
	}
}

func TestHoursWithoutFile(t *testing.T) {
	refusal := func(status int, word string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			reply(w, status, fmt.Sprintf(`{"error":%q,"error_description":"words"}`, word))
		}
	}
	for name, test := range map[string]struct {
		status int
		word   string
		want   error // nil: neither
		kind   fault.Kind
	}{
		"no messages": {404, "storage_object_not_found", roaming.ErrNoMessages, fault.NotFound},
		"expired":     {400, "illegal_argument", roaming.ErrNotStored, fault.Refused},
		"no app":      {404, "organization_application_not_found", nil, fault.NotFound},
		"no right":    {401, "unauthorized", nil, fault.Auth},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newTest(t, &service{answer: refusal(test.status, test.word)}, inBeijing)
			_, err := fetch(t, c)
			empty, gone := errors.Is(err, roaming.ErrNoMessages), errors.Is(err, roaming.ErrNotStored)
			if empty != errors.Is(test.want, roaming.ErrNoMessages) || gone != errors.Is(test.want, roaming.ErrNotStored) || fault.KindOf(err) != test.kind {
				t.Errorf("%v: %s", err, fault.KindOf(err))
			}
			if !strings.Contains(err.Error(), "2025112017") {
				t.Errorf("the error does not name the hour: %v", err)
			}
		})
	}
}

func TestBrokenDownloadsBeginAnew(t *testing.T) {
	cut := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	}
	for name, test := range map[string]struct {
		serve func(w http.ResponseWriter, n int)
		files []string
		calls int
	}{
		"truncated": {func(w http.ResponseWriter, n int) {
			if n == 1 {
				cut(w)
				return
			}
			_, _ = io.WriteString(w, "whole")
		}, []string{"whole"}, 2},
		"expired URL": {func(w http.ResponseWriter, n int) {
			if n == 1 {
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, "<Signature>s3cr3tSign</Signature>")
				return
			}
			_, _ = io.WriteString(w, "whole")
		}, []string{"whole"}, 2},
		"always": {func(w http.ResponseWriter, _ int) { cut(w) }, nil, 3},
		"never there": {func(w http.ResponseWriter, _ int) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "s3cr3tSign")
		}, nil, 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{}
			storage(t, s, func(w http.ResponseWriter, _ *http.Request, n int) { test.serve(w, n) })
			c, _ := newTest(t, s, inBeijing, func(o *Options) { o.Retry.Attempts = 3 })
			files, err := fetch(t, c)
			if diff := cmp.Diff(test.files, files); diff != "" || len(s.asked(false)) != test.calls {
				t.Errorf("%s, %d calls", diff, len(s.asked(false)))
			}
			if (err == nil) != (test.files != nil) || err != nil && fault.KindOf(err) != fault.Network {
				t.Error(err)
			}
			if err != nil && (strings.Contains(err.Error(), "s3cr3tSign") || strings.Contains(err.Error(), "/history/")) {
				t.Errorf("the error has the signed URL: %v", err)
			}
		})
	}
}

func TestStalledDownloadEnds(t *testing.T) {
	s := &service{}
	ended := make(chan struct{})
	storage(t, s, func(w http.ResponseWriter, r *http.Request, _ int) {
		_, _ = io.WriteString(w, "begin")
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
		case <-ended:
		}
	})
	defer close(ended)
	c, _ := newTest(t, s, inBeijing, func(o *Options) { o.Retry.Attempts, o.Retry.Timeout = 1, 100*time.Millisecond })
	if _, err := fetch(t, c); !errors.Is(err, errStalled) || fault.KindOf(err) != fault.Network {
		t.Error(err)
	}
}

func TestHistoryFilesHaveALimitOfTheirOwn(t *testing.T) {
	s := &service{answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
		reply(w, 404, `{"error":"storage_object_not_found"}`)
	}}
	var clock *testClock
	c, clock := newTest(t, s, inBeijing, func(o *Options) {
		o.Limiter = limiter.New(limiter.Options{
			Limits: limiter.Limits{limiter.FamilyHistoryFiles: {App: limiter.Limit{Calls: 10, Per: time.Minute}}}, Clock: o.Clock,
		})
	})
	began := clock.Now()
	for n := range 11 {
		if _, err := fetch(t, c); !errors.Is(err, roaming.ErrNoMessages) {
			t.Fatal(err)
		}
		if took := clock.Now().Sub(began); n < 10 && took > 0 || n == 10 && took < time.Minute {
			t.Errorf("call %d began after %s", n+1, took)
		}
	}
}
