package vendorclient

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/transcript"
)

// BenchmarkLongTranscript paints 100,000 real messages, the texts repeated, with and
// without content-visibility. axe-core, which takes minutes for so many, does not look
// at them.
func BenchmarkLongTranscript(b *testing.B) {
	texts := storetest.RealMessages(b)
	all := make(messages, 100_000)
	for i := range all {
		all[i] = textMessage(i*5, texts[i%len(texts)].Text)
	}
	dir := filepath.Join(b.TempDir(), "out")
	writeTranscript(b, all, dir, transcript.None)
	file, whole := filepath.Join(dir, "chat-bob.html"), filepath.Join(dir, "whole.html")
	page, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(whole, []byte(strings.Replace(string(page), "content-visibility:auto", "content-visibility:visible", 1)), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		pages := openPages(b, task{URL: "file://" + file, Scheme: "light"}, task{URL: "file://" + whole, Scheme: "light"})
		if p := pages[0]; len(p.Console) > 0 || len(p.Requests) != 1 {
			b.Errorf("%+v", p)
		}
		with, without := pages[0].Milliseconds, pages[1].Milliseconds
		b.ReportMetric(with, "ms")
		b.ReportMetric(without, "ms-without")
		b.ReportMetric(without/with, "ratio")
	}
}
