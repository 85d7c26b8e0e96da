package browse

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/browse"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/plan"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// files is the live source of an app's sandbox, in which messages have one file.
type files struct {
	source.Source

	content string
	err     error
	before  func() // called before the file is written
}

func (s *files) Attachment(_ context.Context, _ source.Message, _ source.Part, w io.Writer) error {
	if s.before != nil {
		s.before()
	}
	_, err := io.WriteString(w, s.content)
	return errors.Join(err, s.err)
}

// newActions are actions in a new folder, on the sandbox, with the programs that they
// start.
func newActions(t *testing.T) (x *actions, s *files, started *[]string) {
	t.Helper()
	env := map[string]string{"HOME": t.TempDir(), "DISPLAY": ":0", "ROAMCTL_KEYRING": "off", "ROAMCTL_TZ": "UTC"}
	io, _, _, _ := iostreams.Test()
	a := app.New(io, func(name string) string { return env[name] }, "test")
	a.Global.Sandbox = true
	a.Flags = New(a).Flags()
	a.Now = func() time.Time { return time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC) }
	t.Cleanup(func() { _ = a.Close() })
	live, err := a.Source(t.Context(), app.From{})
	if err != nil {
		t.Fatal(err)
	}
	s, started = &files{Source: live}, &[]string{}
	out := t.TempDir()
	return &actions{options: options{out: out, folder: out}, app: a, src: s, start: func(_ string, args ...string) error {
		*started = append(*started, args[len(args)-1])
		return nil
	}}, s, started
}

func names(t *testing.T, x *actions) string {
	t.Helper()
	all, err := os.ReadDir(x.out)
	if err != nil {
		t.Fatal(err)
	}
	var b []string
	for _, e := range all {
		b = append(b, e.Name())
	}
	return strings.Join(b, " ")
}

func withFile(name string) source.Message {
	return source.Message{Message: roaming.Message{ID: 7, Kind: roaming.File, Body: map[string]any{"filename": name}}}
}

const (
	png     = "\x89PNG\r\n\x1a\n"
	program = "MZ\x90\x00\x03"
	script  = "#!/bin/sh\nrm -rf /\n"
	svg     = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
)

// TestOnlyMediaIsOpened: the content decides, whatever the name is. Names stay in the
// folder.
func TestOnlyMediaIsOpened(t *testing.T) {
	for _, tt := range []struct {
		name, content, saved string
		opened               bool
	}{
		{"山顶.png", png, "山顶.png", true},
		{"", png, "attachment-7.png", true},
		{"run.exe", png, "run.exe.png", true},
		{"../../evil.png", png, "_.._evil.png", true},
		{"photo.png", program, "photo.png.bin", false},
		{"setup.exe", program, "setup.exe.bin", false},
		{"run.sh", script, "run.sh.bin", false},
		{"cat.svg", svg, "cat.svg.bin", false},
		{"exe.\u202egnp.scr", program, "exe._gnp.scr.bin", false},
		{"x\x1b[2J\n.desktop", "[Desktop Entry]\nExec=rm", "x_[2J_.desktop.bin", false},
		{"empty.png", "", "empty.png.bin", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x, s, started := newActions(t)
			s.content = tt.content
			text, err := x.Attachment(t.Context(), withFile(tt.name))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(x.out, tt.saved)
			if got := names(t, x); got != tt.saved {
				t.Errorf("saved %q, want %q", got, tt.saved)
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != tt.content {
				t.Errorf("it has %q, %v", b, err)
			}
			opened := strings.Join(*started, " ")
			if tt.opened != (opened == path) || !tt.opened && opened != "" || !strings.Contains(text, path) {
				t.Errorf("opened %q: %s", opened, text)
			}
		})
	}
}

// TestAttachmentsReplaceNothing: a file of the same name stays, also one that is made
// during the download.
func TestAttachmentsReplaceNothing(t *testing.T) {
	x, s, _ := newActions(t)
	s.content = png
	s.before = func() {
		if err := os.WriteFile(filepath.Join(x.out, "a.png"), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := x.Attachment(t.Context(), withFile("a.png")); err != nil {
			t.Fatal(err)
		}
	}
	if b, _ := os.ReadFile(filepath.Join(x.out, "a.png")); string(b) != "mine" || names(t, x) != "a-2.png a-3.png a.png" {
		t.Errorf("a.png has %q; %s", b, names(t, x))
	}
}

func TestFailedAttachmentsLeaveNoFile(t *testing.T) {
	x, s, started := newActions(t)
	for _, tt := range []struct {
		err  error
		want fault.Kind
	}{{fs.ErrNotExist, fault.NotFound}, {fault.New(fault.Network, "no network"), fault.Network}} {
		s.content, s.err = png, tt.err
		if _, err := x.Attachment(t.Context(), withFile("a.png")); fault.KindOf(err) != tt.want {
			t.Errorf("%v: %v", tt.err, err)
		}
	}
	s.content, s.err = png, nil
	x.start = func(string, ...string) error { return errors.New("no such program") }
	text, err := x.Attachment(t.Context(), withFile("a.png"))
	if err != nil || !strings.Contains(text, "can't open it: no such program") || names(t, x) != "a.png" || len(*started) > 0 {
		t.Errorf("%q, %v; %s", text, err, names(t, x))
	}
}

// sent are two messages of alice's conversation with bob.
func sent(t *testing.T, x *actions) (ref roaming.Ref, messages []source.Message) {
	t.Helper()
	ref = roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}
	for m, err := range x.src.Messages(t.Context(), ref, source.Query{Direction: roaming.Down, Raw: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if messages = append(messages, m); len(messages) == 2 {
			break
		}
	}
	return ref, messages
}

func TestExportsAndPlansAreNewFiles(t *testing.T) {
	x, _, _ := newActions(t)
	ref, messages := sent(t, x)
	for range 2 {
		for _, format := range []browse.Format{browse.HTML, browse.NDJSON} {
			if text, err := x.Export(t.Context(), ref, messages, format); err != nil || !strings.HasPrefix(text, "exported 2 messages to ") {
				t.Fatal(text, err)
			}
		}
		text, err := x.Plan(t.Context(), ref, messages)
		if err != nil || !strings.HasPrefix(text, "planned: 2 messages; roamctl apply "+x.out) {
			t.Fatal(text, err)
		}
	}
	const at = "-alice-bob-20261130T080000"
	want := "messages" + at + "-2.ndjson messages" + at + ".ndjson plan" + at + "-2.json plan" + at + ".json transcript" + at + " transcript" + at + "-2"
	if got := names(t, x); got != want {
		t.Errorf("wrote %s", got)
	}
	b, _ := os.ReadFile(filepath.Join(x.out, "messages"+at+".ndjson"))
	if n := strings.Count(string(b), "\n"); n != 2 || !strings.Contains(string(b), messages[1].ID.String()) {
		t.Errorf("%d lines: %s", n, b)
	}
	if page, _ := os.ReadFile(filepath.Join(x.out, "transcript"+at, "chat-bob.html")); !strings.Contains(string(page), messages[0].ID.String()) {
		t.Errorf("the page lacks a message: %.200s", page)
	}
	if _, count, err := plan.Scan(filepath.Join(x.out, "plan"+at+".json")); err != nil || count.Messages != 2 {
		t.Errorf("the plan: %+v, %v", count, err)
	}
	if _, again := sent(t, x); len(again) != 2 || again[0].ID != messages[0].ID {
		t.Error("a plan deleted a message")
	}
}

// TestExportsAreRedacted: what the rules take is in no file, and the messages of the
// browser stay as they are.
func TestExportsAreRedacted(t *testing.T) {
	x, _, _ := newActions(t)
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte("words: [secret]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if x.redactor, err = (&flags.Redact{Rules: rules}).Open(x.app, nil); err != nil {
		t.Fatal(err)
	}
	ref, messages := sent(t, x)
	text := "my Secret is 13800138000"
	messages[0].Text, messages[0].Body = text, map[string]any{"msg": text, "type": "txt"}
	messages[0].Ext = map[string]any{"note": "secret"}
	for format, file := range map[browse.Format]string{browse.HTML: "transcript-*/*.html", browse.NDJSON: "messages-*.ndjson"} {
		if text, err := x.Export(t.Context(), ref, messages, format); err != nil || !strings.HasPrefix(text, "exported 2 messages, redacted, to ") {
			t.Fatal(text, err)
		}
		found, err := filepath.Glob(filepath.Join(x.out, file))
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		b, _ := os.ReadFile(found[0])
		got := strings.ToLower(string(b))
		if strings.Contains(got, "secret") || strings.Contains(got, "13800138000") || !strings.Contains(got, "my [word-") || !strings.Contains(got, "[mobile-") {
			t.Errorf("%s: %s", file, b)
		}
	}
	if messages[0].Text != text {
		t.Errorf("the message became %q", messages[0].Text)
	}
}

// TestPlansNeedIDsOfThisApp: a message without an ID, and those of another app, are
// refused and leave no file.
func TestPlansNeedIDsOfThisApp(t *testing.T) {
	x, s, _ := newActions(t)
	ref, messages := sent(t, x)
	if _, err := x.Plan(t.Context(), ref, append(messages, source.Message{})); fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
	x.src = otherApp{s}
	if _, err := x.Plan(t.Context(), ref, messages); fault.KindOf(err) != fault.Safety {
		t.Error(err)
	}
	if got := names(t, x); got != "" {
		t.Errorf("wrote %s", got)
	}
}

type otherApp struct{ source.Source }

func (otherApp) About() source.About { return source.About{AppKey: "other#app"} }

// TestNamesOfConversationsStayInTheFolder exports a conversation whose ID is a path.
func TestNamesOfConversationsStayInTheFolder(t *testing.T) {
	x, _, _ := newActions(t)
	_, messages := sent(t, x)
	ref := roaming.Ref{User: "alice", Conversation: "../../x\x1b[2J\u202e", Type: roaming.Chat}
	text, err := x.Export(t.Context(), ref, messages, browse.NDJSON)
	if err != nil || strings.ContainsAny(text, "\x1b\u202e") || strings.ContainsAny(names(t, x), "/\x1b\u202e") || names(t, x) == "" {
		t.Errorf("%q, %v; %q", text, err, names(t, x))
	}
}
