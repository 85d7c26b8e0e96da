package vendorclient

import (
	"context"
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

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
	"github.com/roamctl/roamctl/internal/transcript"
)

// TestTranscriptInBrowser: Chromium shows the transcripts of the demo without a
// request, a word on the console, or a complaint of axe-core, on a narrow screen too.
func TestTranscriptInBrowser(t *testing.T) {
	missing := ifMissing(t)
	if _, err := exec.LookPath("node"); err != nil {
		missing("the browser is driven by Node, which is not installed: %v", err)
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
	var tasks []task
	for _, name := range []string{"chat-carol.html", "chat-mallory.html", "chat-zhangwei.html", "index.html"} {
		for _, scheme := range []string{"light", "dark"} {
			tasks = append(tasks, task{URL: "file://" + filepath.Join(dir, name), Scheme: scheme, Check: true})
		}
		tasks = append(tasks, task{URL: "file://" + filepath.Join(dir, name), Scheme: "light", Width: 400})
	}
	printed := filepath.Join(t.TempDir(), "carol.pdf")
	tasks[0].PDF = printed // carol's chat has one message of every kind
	checkPages(t, tasks)
	pdf := read(t, printed)
	if pictures := strings.Count(pdf, "/Subtype /Image"); !strings.HasPrefix(pdf, "%PDF-") || pictures == 0 {
		t.Errorf("the PDF of carol's chat has %d bytes and %d pictures", len(pdf), pictures)
	}
}

// checkPages opens pages and says what is wrong with them.
func checkPages(t *testing.T, tasks []task) {
	t.Helper()
	for i, page := range openPages(t, tasks...) {
		name := fmt.Sprintf("%s, %s", filepath.Base(tasks[i].URL), tasks[i].Scheme)
		if diff := cmp.Diff([]string{tasks[i].URL}, page.Requests); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", name, diff)
		}
		if len(page.Console)+len(page.Complaints) > 0 {
			t.Errorf("%s: console %q, complaints %q", name, page.Console, page.Complaints)
		}
		if tasks[i].Check && page.Focused[0] == "BODY" {
			t.Errorf("%s: the keyboard reaches nothing: %q", name, page.Focused)
		}
		if page.Overflow > 0 {
			t.Errorf("%s: %d pixels wider than a window of %d", name, page.Overflow, tasks[i].Width)
		}
	}
}

// TestTranscriptPrinted: Chromium prints a transcript of hostile messages and of all
// that can have become of a message. Each page has its number, the conversation and
// the digest, and nothing in it is a link.
func TestTranscriptPrinted(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		ifMissing(t)("the PDF is read by pdftotext, of Debian's package poppler-utils: %v", err)
	}
	dir := t.TempDir()
	result := writeTranscript(t, hostile(), filepath.Join(dir, "out"), transcript.Beside)
	file, control := filepath.Join(dir, "out", "chat-bob.html"), filepath.Join(dir, "control.html")
	if err := os.WriteFile(control, []byte(`<a href="https://evil.invalid">a link</a>`), 0o600); err != nil {
		t.Fatal(err)
	}
	printed, linked := filepath.Join(dir, "a.pdf"), filepath.Join(dir, "b.pdf")
	checkPages(t, []task{{URL: "file://" + file, Scheme: "light", Check: true}, {URL: "file://" + file, Scheme: "dark", Check: true}})
	openPages(t, task{URL: "file://" + file, PDF: printed}, task{URL: "file://" + control, PDF: linked})
	const action = "/URI"
	if !strings.Contains(read(t, linked), action) {
		t.Errorf("a link has no %s, so this test would see none", action)
	}
	for _, active := range []string{action, "/JavaScript", "/Launch", "/GoToR", "/SubmitForm", "/EmbeddedFile"} {
		if strings.Contains(read(t, printed), active) {
			t.Errorf("the PDF has %s", active)
		}
	}
	text, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", printed, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, page := range pages {
		for _, want := range []string{"alice's chat with bob", fmt.Sprintf("%d / %d", i+1, len(pages)), "messages SHA-256 "} {
			if !strings.Contains(strings.ReplaceAll(page, " ", ""), strings.ReplaceAll(want, " ", "")) {
				t.Errorf("page %d has no %q:\n%s", i+1, want, page)
			}
		}
	}
	if len(result.Files) != 2 || !strings.Contains(string(text), result.Files[0].Path) {
		t.Errorf("the PDF does not name the file beside it: %+v", result.Files)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// hostile are messages that try to become something else, and one of each fate.
func hostile() messages {
	var all messages
	for i, text := range []string{
		"https://evil.invalid/ javascript:alert(1) mailto:a@evil.invalid", `<a href="https://evil.invalid">click</a><script>alert(1)</script>`,
		"</style><style>@page{@top-left{content:url(https://evil.invalid/x.png)}}", "\u202egnp.exe \u2066x", `"><img src=https://evil.invalid/x.png onerror=alert(1)>`,
		strings.Repeat("很长的一段话 a long text ", 300), strings.Repeat("x", 4000),
	} {
		all = append(all, textMessage(i, text))
	}
	gone := textMessage(len(all), "gone")
	gone.State, gone.Since = archive.Gone, roaming.Millis(1_764_100_000_000)
	deleted := gone
	deleted.Peer = source.View{State: archive.Seen, At: roaming.Millis(1_764_200_000_000)}
	recalled, unseen, edited := textMessage(9, "recalled"), textMessage(10, "unseen"), textMessage(11, "edited")
	recalled.Recall, unseen.State, edited.Earlier = &source.Recall{By: "bob"}, archive.Unseen, 2
	file := textMessage(12, "")
	file.Kind, file.Body = roaming.File, map[string]any{"url": "https://evil.invalid/f", "filename": "../../javascript:alert(1)\u202e.html"}
	unknown := textMessage(13, "")
	unknown.Kind, unknown.Body = roaming.Unknown, map[string]any{"type": "https://evil.invalid"}
	return append(all, gone, deleted, recalled, unseen, edited, file, unknown)
}

func textMessage(i int, text string) source.Message {
	return source.Message{Message: roaming.Message{
		ID: roaming.MessageID(i + 1), Timestamp: roaming.Millis(1_764_000_000_000 + int64(i)*60_000), ChatType: roaming.Chat, Conversation: "bob",
		From: []string{"alice", "bob"}[i%2], To: "alice", Kind: roaming.Text, Text: text, Body: map[string]any{"msg": text},
	}}
}

// writeTranscript writes alice's chat with bob as HTML.
func writeTranscript(t testing.TB, src source.Source, dir string, files transcript.Attachments) transcript.Result {
	t.Helper()
	result, err := transcript.Write(t.Context(), src, dir, transcript.Options{
		Selection: source.Selection{
			User: "alice", Conversations: []roaming.Ref{{User: "alice", Conversation: "bob", Type: roaming.Chat}}, Query: source.Query{Direction: roaming.Down},
		},
		Format: transcript.HTML, Attachments: files, Zone: time.UTC, Made: time.Unix(0, 0), By: "test", Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// messages is a source with one conversation.
type messages []source.Message

func (messages) About() source.About {
	return source.About{Kind: source.Live, Name: "test", Lacks: "what has expired"}
}

func (messages) Conversations(context.Context, string) iter.Seq2[roaming.Conversation, error] {
	return func(func(roaming.Conversation, error) bool) {}
}

func (all messages) Messages(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Message, error] {
	return func(yield func(source.Message, error) bool) {
		for _, m := range all {
			if !yield(m, nil) {
				return
			}
		}
	}
}

func (messages) Gaps(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Gap, error] {
	return func(yield func(source.Gap, error) bool) {
		yield(source.Gap{Reason: "<https://evil.invalid>"}, nil)
	}
}

func (messages) Attachment(_ context.Context, m source.Message, _ source.Part, w io.Writer) error {
	if m.Kind != roaming.File {
		return fs.ErrNotExist
	}
	_, err := io.WriteString(w, "<html><script>alert(1)</script>")
	return err
}

func (messages) Close() error { return nil }
