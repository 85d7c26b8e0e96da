package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
)

// link requests the URL of an hour's file.
func (w world) link(t *testing.T, hour string) (url string, status int) {
	t.Helper()
	status, body := w.do(t, "GET", "/chatmessages/"+hour, w.auth(t, "app"), "")
	var a struct {
		Data []struct {
			URL string `json:"url"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Data) == 1 {
		url = a.Data[0].URL
	}
	return url, status
}

// download returns the lines of a file.
func (w world) download(t *testing.T, url string) (lines []string, status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, res.StatusCode
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for in := bufio.NewScanner(z); in.Scan(); {
		lines = append(lines, in.Text())
	}
	return lines, res.StatusCode
}

func (w world) file(t *testing.T, hour string) []string {
	t.Helper()
	url, status := w.link(t, hour)
	if status != http.StatusOK {
		t.Fatalf("%s: status %d", hour, status)
	}
	lines, status := w.download(t, url)
	if status != http.StatusOK {
		t.Fatalf("%s: download: status %d", hour, status)
	}
	return lines
}

func TestHistoryFile(t *testing.T) {
	w := newWorld(t, Options{})
	lines := w.file(t, "2026112017")
	const want = `{"msg_id":"201","timestamp":1795165320000,"direction":"outgoing","to":"g1","from":"alice","chat_type":"groupchat",` +
		`"payload":{"bodies":[{"msg":"message C","type":"txt"}],"ext":{},"from":"alice","to":"g1"}}`
	if len(lines) != 6 || !strings.Contains(strings.Join(lines, "\n"), want) {
		t.Errorf("want 6 lines with %s, got:\n%s", want, strings.Join(lines, "\n"))
	}
	// What a user deletes, and what is recalled, stays.
	if status, body := w.do(t, "POST", "/rest/message/roaming/user/alice/delete/all", w.auth(t, "app"), ""); status != 200 {
		t.Fatalf("%s", body)
	}
	if status, body := w.do(t, "POST", "/messages/msg_recall", w.auth(t, "app"), `{"msg_id":"102","from":"bob","to":"alice","chat_type":"chat","force":true}`); status != 200 || !strings.Contains(string(body), "yes") {
		t.Fatalf("%d %s", status, body)
	}
	if diff := cmp.Diff(lines, w.file(t, "2026112017")); diff != "" {
		t.Error(diff)
	}
}

// What a file has can be imported, and comes out the same.
func TestHistoryFileIsWhatImportReads(t *testing.T) {
	w := newWorld(t, Options{})
	lines := w.file(t, "2026112017")
	other := open(t, Options{Now: w.clock.Now})
	report, err := other.Import(t.Context(), strings.NewReader(strings.Join(lines, "\n")), nil)
	if err != nil || report.Imported != 6 {
		t.Fatalf("%+v, %v", report, err)
	}
	if diff := cmp.Diff(lines, world{s: other, clock: w.clock}.file(t, "2026112017")); diff != "" {
		t.Error(diff)
	}
}

func TestHistoryFileSettings(t *testing.T) {
	w := newWorld(t, Options{HistoryFiles: HistoryFiles{Zone: time.UTC, Lag: 57*time.Minute + 30*time.Second, Kept: 2 * time.Hour}})
	if lines := w.file(t, "2026112009"); len(lines) != 3 { // of 09:00 to 09:02
		t.Errorf("%d lines, want 3", len(lines))
	}
	w.clock.advance(time.Hour)
	if lines := w.file(t, "2026112009"); len(lines) != 6 {
		t.Errorf("%d lines, want 6", len(lines))
	}
	w.clock.advance(time.Hour + time.Second)
	if _, status := w.link(t, "2026112009"); status != http.StatusBadRequest {
		t.Errorf("an expired hour: status %d", status)
	}
}

func TestSignedURLs(t *testing.T) {
	w := newWorld(t, Options{})
	url, _ := w.link(t, "2026112017")
	unsigned, _, _ := strings.Cut(url, "&Signature")
	for name, forged := range map[string]string{
		"another hour": strings.Replace(url, "2026112017", "2026112016", 1),
		"a later end":  strings.Replace(url, "Expires=", "Expires=9", 1),
		"no signature": unsigned,
	} {
		if _, status := w.download(t, forged); status != http.StatusForbidden {
			t.Errorf("%s: status %d", name, status)
		}
	}
	w.clock.advance(11 * time.Minute)
	if _, status := w.download(t, url); status != http.StatusForbidden {
		t.Errorf("an expired URL: status %d", status)
	}
}

func TestHistoryFilesLimit(t *testing.T) {
	w := newWorld(t, Options{Limits: true})
	for n := range 11 {
		if _, status := w.link(t, "2026112017"); (status == http.StatusTooManyRequests) != (n == 10) {
			t.Errorf("call %d: status %d", n+1, status)
		}
	}
}

func TestTruncatedDownload(t *testing.T) {
	f, err := ParseFault("route=historyfile.download,truncate,count=1")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, Options{Faults: []Fault{f}})
	url, _ := w.link(t, "2026112017")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("want a truncated download, got %v", err)
	}
}
