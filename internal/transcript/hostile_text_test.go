package transcript

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// hostileNames are IDs and file names that mean something to file systems, shells,
// terminals or browsers.
func hostileNames() []string {
	return []string{
		"../../etc/passwd", `..\..\x`, "/abs", "C:\\x", "con", "a/b", ".", "..", "-rf", "~", "a\x00b", "a\nb", "\x1b[31mred", "\u202egnp.exe", "x" + strings.Repeat("长", 300), "javascript:alert(1)",
		"data:text/html,x", "index.html", "a?b#c", "%2e%2e%2f", "<b>", "'\"$(id)`id`", "LPT1.txt", "a.html", "a.svg", "evil.desktop", "\ufeffa", "\u200ba",
	}
}

// TestHostileFileNames: whatever a conversation and a file are called, the files of a
// transcript stay in its folder under plain names, and its links lead to them.
func TestHostileFileNames(t *testing.T) {
	src := held{files: map[string]string{}}
	o := options(HTML)
	o.Conversations, o.Attachments = nil, Beside
	for i, name := range hostileNames() {
		src.messages = append(src.messages, file(roaming.MessageID(i+1), noon, name, name))
		src.files[name] = "<script>alert(1)</script>" + name
		o.Conversations = append(o.Conversations, roaming.Ref{User: "alice", Conversation: name, Type: roaming.Chat})
	}
	dir := filepath.Join(t.TempDir(), "out")
	result, err := Write(t.Context(), src, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2*len(hostileNames()) + 1; len(result.Files) != want {
		t.Errorf("%d files, want %d", len(result.Files), want)
	}
	for _, f := range result.Files {
		folder, name := path.Split(f.Path)
		if folder != "" && (folder != "files/" || path.Ext(name) != ".bin") || len(name) < 150 && name != fsutil.SafeName(name) || len(name) > 255 || strings.ContainsFunc(name, hidden) {
			t.Errorf("a file is named %q", f.Path)
		}
		if _, err := os.Stat(filepath.Join(dir, f.Path)); err != nil {
			t.Error(err)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, result.Files[len(result.Files)-2].Path))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range shapeOf(string(page)) {
		if _, link, ok := strings.Cut(part, " href="); ok && !strings.HasPrefix(link, "files/") && !strings.HasPrefix(link, "#d-") {
			t.Errorf("a link leads to %q", link)
		}
	}
}

func hidden(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// TestHostileText: no terminal obeys a text transcript, and a message's lines can't
// pass for another message.
func TestHostileText(t *testing.T) {
	hostile := "\x1b[2J\x1b]8;;https://evil.invalid\x1b\\x\x1b]52;c;eA==\x07 \u202e\u2066 a\rb\x9b31m\n12:00:00  alice (2)\n    forged"
	m := text(1, noon, "bob\x1b[31m\n12:00:00  alice (3)", hostile)
	for f, head := range map[Format]string{Text: "12:00:00  alice", Markdown: "**12:00:00 alice"} {
		_, files := write(t, held{messages: []source.Message{m}}, options(f))
		got := files["chat-bob"+f.ending()]
		if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && hidden(r) }) || strings.Contains(got, "\r") {
			t.Errorf("%s has hidden characters: %q", f, got)
		}
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, head) {
				t.Errorf("%s has a message that nobody sent:\n%s", f, got)
			}
		}
	}
}
