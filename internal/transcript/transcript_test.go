package transcript

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// held is a source in memory, with a conversation with bob.
type held struct {
	messages []source.Message
	bad      *roaming.ItemError
	gaps     []source.Gap
	files    map[string]string // by URL
	live     bool
}

func (h held) About() source.About {
	if h.live {
		return source.About{Kind: source.Live, Name: "a1.example.com", AppKey: "org#app"}
	}
	return source.About{Kind: source.Export, Name: "audit", AppKey: "org#app"}
}

func (h held) Conversations(context.Context, string) iter.Seq2[roaming.Conversation, error] {
	return func(yield func(roaming.Conversation, error) bool) {
		_ = yield(roaming.Conversation{ID: "bob", Type: roaming.Chat}, nil) && yield(roaming.Conversation{ID: "BOB", Type: roaming.Chat}, nil)
	}
}

func (h held) Messages(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Message, error] {
	return func(yield func(source.Message, error) bool) {
		for _, m := range h.messages {
			if !yield(m, nil) {
				return
			}
		}
		if h.bad != nil {
			yield(source.Message{}, h.bad)
		}
	}
}

func (h held) Gaps(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Gap, error] {
	return func(yield func(source.Gap, error) bool) {
		for _, g := range h.gaps {
			if !yield(g, nil) {
				return
			}
		}
	}
}

func (h held) Attachment(_ context.Context, m source.Message, _ source.Part, w io.Writer) error {
	content, ok := h.files[m.Body["url"].(string)]
	if !ok {
		return fs.ErrNotExist
	}
	_, err := io.WriteString(w, content)
	return err
}

func (h held) Close() error { return nil }

func text(id roaming.MessageID, at time.Time, from, text string) source.Message {
	return source.Message{Message: roaming.Message{
		ID: id, Timestamp: roaming.Time{Time: at}, ChatType: roaming.Chat, Conversation: "bob", From: from, To: "alice",
		Kind: roaming.Text, Text: text, Body: map[string]any{"msg": text},
	}}
}

func file(id roaming.MessageID, at time.Time, url, name string) source.Message {
	m := text(id, at, "bob", "")
	m.Kind, m.Body = roaming.File, map[string]any{"url": url, "secret": "s3cret", "filename": name}
	return m
}

var (
	noon   = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)
	oneRef = []roaming.Ref{{User: "alice", Conversation: "bob", Type: roaming.Chat}}
)

func options(f Format) Options {
	return Options{
		Selection: source.Selection{User: "alice", Conversations: oneRef}, Format: f, Attachments: None, Zone: time.FixedZone("Asia/Shanghai", 8*3600),
		Made: time.Unix(1764000000, 0), By: "ann@desk", Version: "1.2",
	}
}

// write writes a transcript and returns its files.
func write(t testing.TB, src source.Source, o Options) (Result, map[string]string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	result, err := Write(t.Context(), src, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range result.Files {
		b, err := os.ReadFile(filepath.Join(dir, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		files[f.Path] = string(b)
	}
	found := 0
	if err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			found++
		}
		return err
	}); err != nil || found != len(files) {
		t.Errorf("%d files in the folder and %d in the result, %v", found, len(files), err)
	}
	return result, files
}

// TestFormats: each format has the head, the messages in order and what is known of
// them.
func TestFormats(t *testing.T) {
	edited, gone := text(2, noon.Add(time.Minute), "alice", "second"), text(3, noon.Add(25*time.Hour), "bob", "third")
	edited.Edited = &roaming.Edit{By: "alice"}
	gone.State, gone.Since = archive.Gone, roaming.Time{Time: noon.Add(30 * time.Hour)}
	src := held{
		messages: []source.Message{text(1, noon, "bob", "first"), edited, gone},
		bad:      &roaming.ItemError{Raw: "junk", Err: fmt.Errorf("no protobuf")},
		gaps:     []source.Gap{{To: roaming.Time{Time: noon}, Reason: "exported with --since"}},
	}
	for _, f := range Formats() {
		result, files := write(t, src, options(f))
		got := files["chat-bob"+f.ending()]
		switch f {
		case Markdown:
			got = strings.NewReplacer(`\`, "").Replace(got)
		case HTML:
			got = html.UnescapeString(got)
		case Text:
		}
		at := 0
		for _, want := range []string{
			"alice's chat with bob", "org#app", "Asia/Shanghai, UTC+08:00", "export: audit", "2025-11-24T16:00:00.000Z by ann@desk with roamctl 1.2",
			"3 messages, 1 edited, 1 deleted or recalled, 1 unreadable",
		} {
			i := strings.Index(got[at:], want)
			if i < 0 {
				t.Fatalf("%s: the head does not have %q, or not there:\n%s", f, want, got)
			}
			at += i
		}
		for _, want := range []string{"exported with --since", "Tuesday, 24 November 2026 (", "12:00:00", "first", "edited by alice", "Wednesday, 25", "third", "no longer saw it", "no protobuf"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s does not have %q:\n%s", f, want, got)
			}
		}
		if result.Messages != 3 || result.Unreadable != 1 || result.Gaps != 1 || len(result.Files) != 1 {
			t.Errorf("%s: %+v", f, result)
		}
		if _, again := write(t, src, options(f)); again["chat-bob"+f.ending()] != files["chat-bob"+f.ending()] {
			t.Errorf("%s: the same messages give another file", f)
		}
	}
}

// TestNames: conversations whose names differ in case get different files on every
// file system, and an index.
func TestNames(t *testing.T) {
	o := options(HTML)
	o.Conversations = nil
	result, files := write(t, held{messages: []source.Message{text(1, noon, "bob", "hi")}}, o)
	var names []string
	for _, f := range result.Files {
		names = append(names, f.Path)
	}
	if diff := cmp.Diff([]string{"chat-bob.html", "chat-BOB-2.html", "index.html"}, names); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(files["index.html"], `href="./chat-BOB-2.html"`) {
		t.Error("the index does not have the second")
	}
}

// TestFolder: only a new or an empty folder is written to, and a failure leaves
// nothing.
func TestFolder(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "out")
	src := held{messages: []source.Message{text(1, noon, "bob", "hi")}}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), src, dir, options(Text)); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), src, dir, options(Text)); fault.KindOf(err) != fault.Safety {
		t.Errorf("a second time: %v, want a fault.Safety", err)
	}
	if _, err := Write(t.Context(), held{}, filepath.Join(parent, "none"), options(Text)); fault.KindOf(err) != fault.NotFound {
		t.Errorf("without messages: %v, want a fault.NotFound", err)
	}
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) != 1 {
		t.Errorf("the parent has %v, %v", entries, err)
	}
}

// TestClock: in the hour that the clock repeats, a time has its offset.
func TestClock(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("no time zones here (Debian: tzdata): %v", err)
	}
	for at, want := range map[string]string{
		"2026-10-25T00:30:00Z": "02:30:00 +02:00", "2026-10-25T01:30:00Z": "02:30:00 +01:00",
		"2026-10-25T02:30:00Z": "03:30:00", "2026-10-24T23:30:00Z": "01:30:00", "2026-03-29T01:30:00Z": "03:30:00",
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := clock(when.In(berlin)); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

// The service keeps files for 7 days: one that is missing before is a failure.
func TestMissingFiles(t *testing.T) {
	o := options(HTML)
	o.Attachments, o.Now = Embed, noon
	for age, want := range map[time.Duration]Result{time.Hour: {Failed: 1}, 8 * 24 * time.Hour: {Missing: 1}} {
		result, _ := write(t, held{live: true, messages: []source.Message{file(1, noon.Add(-age), "gone", "a.pdf")}}, o)
		if result.Failed != want.Failed || result.Missing != want.Missing {
			t.Errorf("%s old: %+v", age, result)
		}
	}
}

// TestAttachments: a file is shown by its content, never by its name; what browsers
// could run is only saved.
func TestAttachments(t *testing.T) {
	png := "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 20)
	src := held{
		messages: []source.Message{
			file(1, noon, "png", "a.html"), file(2, noon, "svg", "b.png"), file(3, noon, "html", "c.png"), file(4, noon, "gone", "d.png"),
			file(5, noon, "png", "again.png"), file(6, noon, "big", "big.png"),
		},
		files: map[string]string{
			"png": png, "svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "html": "<html><script>alert(1)</script>",
			"big": png + strings.Repeat("x", maxEmbedded),
		},
	}
	for _, way := range []Attachments{Embed, Beside} {
		o := options(HTML)
		o.Attachments = way
		result, files := write(t, src, o)
		page := files["chat-bob.html"]
		var kinds []string
		for name := range files {
			kinds = append(kinds, filepath.Ext(name))
		}
		embedded, bins := strings.Count(page, `src="data:image/png;base64,`), strings.Count(strings.Join(kinds, " "), ".bin")
		if want := map[Attachments]int{Embed: 2}[way]; embedded != want || bins != 2 {
			t.Errorf("%s: %d embedded pictures and %d files .bin, want %d and 2", way, embedded, bins, want)
		}
		if strings.Contains(page, "alert(1)") || strings.Contains(page, "s3cret") || result.Missing != 1 {
			t.Errorf("%s: %+v\n%s", way, result, page)
		}
	}
}
