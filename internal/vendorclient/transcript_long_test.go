package vendorclient

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/transcript"
)

// The keyboard reaches the first links of a long page without a layout of the sections
// that are out of view. No message has a CSS counter: Chromium counts them all again
// whenever it lays out one more section.
func TestTranscriptKeyboard(t *testing.T) {
	page := longTranscript(t, 900, func(i int) string { return fmt.Sprint("message ", i) })
	got := openPages(t, task{URL: "file://" + page, Check: true, Long: true})[0]
	if got.Focused[0] != "SUMMARY" || got.Layouts > 3 { // of more than 9 sections
		t.Errorf("%d layouts to reach %q", got.Layouts, got.Focused)
	}
	if got.Counting > 0 {
		t.Errorf("%d elements of messages have a CSS counter", got.Counting)
	}
	if len(got.Console)+len(got.Complaints) > 0 {
		t.Errorf("console %q, complaints %q", got.Console, got.Complaints)
	}
}

// BenchmarkLongTranscript paints 100,000 real messages, the texts repeated, with and
// without content-visibility, and checks them by keyboard and axe-core. axe-core gets the
// head, the calendar, the sections at both ends, and the first message of each other one.
func BenchmarkLongTranscript(b *testing.B) {
	texts := storetest.RealMessages(b)
	file := longTranscript(b, 100_000, func(i int) string { return texts[i%len(texts)].Text })
	page, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	whole := filepath.Join(b.TempDir(), "whole.html")
	if err := os.WriteFile(whole, []byte(strings.Replace(string(page), "content-visibility:auto", "content-visibility:visible", 1)), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		tasks := []task{{URL: "file://" + file, Scheme: "light", Check: true, Long: true}, {URL: "file://" + whole, Scheme: "light"}}
		pages := openPages(b, tasks...)
		if p := pages[0]; len(p.Console)+len(p.Complaints) > 0 || len(p.Requests) != 1 || p.Focused[0] != "SUMMARY" {
			b.Errorf("%+v", p)
		}
		b.ReportMetric(pages[0].Milliseconds, "ms")
		b.ReportMetric(pages[1].Milliseconds, "ms-without")
		b.ReportMetric(pages[0].CPU*1000, "cpu-ms")
		b.ReportMetric(pages[1].CPU*1000, "cpu-ms-without")
		b.ReportMetric(pages[1].CPU/pages[0].CPU, "cpu-ratio")
		b.ReportMetric(pages[0].KeyboardMS, "ms-keyboard")
		b.ReportMetric(pages[0].AxeMS, "ms-axe")
	}
}

// longTranscript writes a page of messages, one every five minutes, and returns its path.
func longTranscript(t testing.TB, n int, text func(i int) string) string {
	t.Helper()
	all := make(messages, n)
	for i := range all {
		all[i] = textMessage(i*5, text(i))
	}
	dir := filepath.Join(t.TempDir(), "out")
	writeTranscript(t, all, dir, transcript.None)
	return filepath.Join(dir, "chat-bob.html")
}
