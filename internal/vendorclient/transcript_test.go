package vendorclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
	"github.com/roamctl/roamctl/internal/transcript"
)

// opened is what page.cjs prints.
type opened struct {
	Milliseconds float64
	Console      []string
	Requests     []string
	Complaints   []string
	Focused      []string
}

// openPage opens a file in Chromium. The screenshot goes to ROAMCTL_SCREENSHOTS, a
// folder, if that is set.
func openPage(t testing.TB, file, scheme, check string) (page opened) {
	t.Helper()
	missing := ifMissing(t)
	if _, err := exec.LookPath("node"); err != nil {
		missing("the browser is driven by Node: %v", err)
	}
	for _, name := range []string{"playwright-core", "axe-core"} {
		if _, err := os.Stat(filepath.Join(modules(), "node_modules", name)); err != nil {
			missing("not installed, run npm ci in internal/vendorclient: %v", err)
		}
	}
	args := []string{"page.cjs", modules(), "file://" + file, scheme, check}
	if dir := os.Getenv("ROAMCTL_SCREENSHOTS"); dir != "" {
		args = append(args, filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+"-"+scheme+".png"))
	}
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Env = append(os.Environ(), "VENDOR_CHROMIUM="+chromium(t))
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &page)
	}
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Logf("%s", exit.Stderr)
		}
		t.Fatal(err)
	}
	return page
}

// TestTranscriptInBrowser: Chromium shows the transcript of hostile messages without a
// request, a word on the console, or a complaint of axe-core.
func TestTranscriptInBrowser(t *testing.T) {
	missing := ifMissing(t)
	if _, err := exec.LookPath("node"); err != nil {
		missing("no Node: %v", err)
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	cmd := exec.Command(roamctl, "transcript", "--user", "alice", "--sandbox", "--out", dir)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "ROAMCTL_SANDBOX_DIR="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"chat-mallory.html", "chat-zhangwei.html", "index.html"} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				file := filepath.Join(dir, name)
				page := openPage(t, file, scheme, "check")
				if diff := cmp.Diff([]string{"file://" + file}, page.Requests); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
				if len(page.Console)+len(page.Complaints) > 0 {
					t.Errorf("console %q, complaints %q", page.Console, page.Complaints)
				}
				if page.Focused[0] == "BODY" {
					t.Errorf("the keyboard reaches nothing: %q", page.Focused)
				}
			})
		}
	}
}

// long is a source with a conversation of many messages.
type long int

func (long) About() source.About { return source.About{Kind: source.Live, Name: "test"} }

func (long) Conversations(context.Context, string) iter.Seq2[roaming.Conversation, error] {
	return func(func(roaming.Conversation, error) bool) {}
}

func (n long) Messages(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Message, error] {
	return func(yield func(source.Message, error) bool) {
		for i := range int(n) {
			text := fmt.Sprintf("message %d: 明天中午一起吃饭吗? See you there, %d minutes late.", i, i%60)
			m := source.Message{Message: roaming.Message{
				ID: roaming.MessageID(i + 1), Timestamp: roaming.Millis(1_764_000_000_000 + int64(i)*60_000), ChatType: roaming.Chat, Conversation: "bob",
				From: []string{"alice", "bob"}[i%2], To: "alice", Kind: roaming.Text, Text: text, Body: map[string]any{"msg": text},
			}}
			if !yield(m, nil) {
				return
			}
		}
	}
}

func (long) Gaps(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Gap, error] {
	return func(func(source.Gap, error) bool) {}
}

func (long) Attachment(context.Context, source.Message, source.Part, io.Writer) error {
	return fs.ErrNotExist
}

func (long) Close() error { return nil }

// BenchmarkLongTranscript paints 100,000 messages with and without
// content-visibility.
func BenchmarkLongTranscript(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "out")
	_, err := transcript.Write(b.Context(), long(100_000), dir, transcript.Options{
		User: "alice", Conversations: []roaming.Ref{{User: "alice", Conversation: "bob", Type: roaming.Chat}},
		Format: transcript.HTML, Attachments: transcript.None, Zone: time.UTC, Made: time.Unix(0, 0), By: "test", Version: "test",
	})
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(dir, "chat-bob.html")
	page, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	whole := filepath.Join(dir, "whole.html")
	if err := os.WriteFile(whole, []byte(strings.Replace(string(page), "content-visibility:auto", "content-visibility:visible", 1)), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		with, without := openPage(b, file, "light", "").Milliseconds, openPage(b, whole, "light", "").Milliseconds
		b.ReportMetric(with, "ms")
		b.ReportMetric(without, "ms-without")
		b.ReportMetric(without/with, "ratio")
	}
}
