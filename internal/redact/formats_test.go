package redact_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/exporter"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/parquetfile"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
	"github.com/roamctl/roamctl/internal/transcript"
)

// messages is how many there are; a text message has 9 texts, any other 20.
const messages = 800

const closed = "words: [夜莺计划]\nregexps: ['\\bTK-\\d+\\b']\n"

const open = closed + "allow: {fields: [file_names, captions, locations, commands, custom, combined, sizes, ext, reactions, threads, unknown]}\n"

// Ten thousand texts with secrets, in every field of 800 messages: no format has one of
// the secrets, whether or not the rules allow the fields.
func TestNoSecretSurvivesInAnyFormat(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: 11 seconds of work take long under the race detector; the test step has them")
	}
	for name, rules := range map[string]string{"closed": closed, "open": open} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(name string, write func(path string, r *redact.Redactor) error) {
				t.Helper()
				path := filepath.Join(dir, name)
				r := redactor(t, rules)
				if err := write(path, r); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if !strings.Contains(r.Summary(), " mobile numbers, ") {
					t.Errorf("%s: %s", name, r.Summary())
				}
				mustHaveNoSecret(t, path)
			}
			for _, f := range transcript.Formats() {
				write(string(f), func(path string, r *redact.Redactor) error {
					_, err := transcript.Write(t.Context(), generated{}, path, transcript.Options{
						Selection: source.Selection{User: "alice", Conversations: []roaming.Ref{{User: "alice", Conversation: "bob", Type: roaming.Chat}}},
						Format:    f, Attachments: transcript.None, Zone: time.UTC, Redactor: r,
					})
					return err
				})
			}
			for _, f := range []exporter.Format{exporter.NDJSON, exporter.CSV} {
				write("all."+string(f), func(path string, r *redact.Redactor) error {
					_, err := exporter.File(t.Context(), stored{}, archive.Search{}, path, f, views.InFiles(views.Archived()), r)
					return err
				})
			}
			write("all.parquet", func(path string, r *redact.Redactor) error {
				_, err := exporter.Folder(t.Context(), stored{}, archive.Search{}, path, r)
				return err
			})
		})
	}
}

// The generated messages have secrets: without redaction the test's own check finds
// them in every format. Texts without secrets stay as they are.
func TestTheGeneratedTexts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "all")
	if _, err := exporter.File(t.Context(), stored{}, archive.Search{}, path, exporter.NDJSON, views.InFiles(views.Archived()), nil); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || len(secretsIn(string(b))) != len(marks) {
		t.Errorf("found only %v: %v", secretsIn(string(b)), err)
	}
	r := redactor(t, closed)
	plain := 0
	for i := range messages {
		m := message(i)
		if len(secretsIn(m.Text)) > 0 {
			continue
		}
		plain++
		if got := r.Message("alice", m).Text; got != m.Text {
			t.Fatalf("%q became %q", m.Text, got)
		}
	}
	if plain < messages/20 {
		t.Errorf("only %d texts have no secret", plain)
	}
}

func redactor(t *testing.T, rules string) *redact.Redactor {
	t.Helper()
	r, err := redact.Parse([]byte(rules), func(s string) (query.Query, error) { return query.Parse(s, query.Times{}) })
	if err != nil {
		t.Fatal(err)
	}
	return redact.New(r, redact.Options{})
}

// marks are in every secret of a kind, once all but letters and digits are left out.
var marks = []string{"1991234", "62220000", "1101011949", "4477009", "secretuser", "19851100", "2001db8", "夜莺计划", "tk99"} // no pseudonym has a 0, 1, 8 or 9

var invisible = regexp.MustCompile(`⟨[^⟩]*⟩|&nbsp;`)

// secretsIn returns the marks that are in a text, however they are written.
func secretsIn(text string) (found []string) {
	text = norm.NFKC.String(strings.ToLower(invisible.ReplaceAllString(html.UnescapeString(text), "")))
	text = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
	for _, m := range marks {
		if strings.Contains(text, m) {
			found = append(found, m)
		}
	}
	return found
}

func mustHaveNoSecret(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		content := string(b)
		if strings.HasSuffix(path, ".parquet") {
			content = ""
			for row, err := range parquetfile.Read(t.Context(), strings.NewReader(string(b)), int64(len(b))) {
				if err != nil {
					return err
				}
				content += fmt.Sprintf("%+v\n", row)
				if len(content) > 1<<20 {
					check(t, path, content)
					content = ""
				}
			}
		}
		check(t, path, content)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func check(t *testing.T, path, content string) {
	t.Helper()
	if found := secretsIn(content); len(found) > 0 {
		t.Errorf("%s has %v", filepath.Base(path), found)
	}
}

// secret returns a secret in one of the forms that people, and those who hide it, write.
func secret(rng *rand.Rand) string {
	n := rng.IntN
	switch n(9) {
	case 0:
		return pick(rng, fmt.Sprintf("199123%05d", 40000+n(10000)), fmt.Sprintf("+86 199 1234 %04d", n(10000)), fmt.Sprintf("199-1234-%04d", n(10000)),
			fmt.Sprintf("１９９１２３４%04d", n(10000)), fmt.Sprintf("199\u200b1234\u2060%04d", n(10000)), fmt.Sprintf("0086199\u00a01234–%04d", n(10000)))
	case 1:
		return pick(rng, "6222 0000 0000 0000 004", "6222000000000009", "6222-0000-0000-0000-004", "６２２２ ００００ ００００ ０００９")
	case 2:
		return pick(rng, "110101194901010018", "110101 19490101 0018", "１１０１０１１９４９０１０１００１８")
	case 3:
		return pick(rng, "+44 7700 900", "+44-7700-900-", "＋447700900") + fmt.Sprint(100+n(900))
	case 4:
		return pick(rng, fmt.Sprintf("secret.user%d@example.com", n(1000)), "Secret_User@qq。com", "secret-user＠mail.example.com")
	case 5:
		return fmt.Sprintf("198.51.100.%d", 1+n(250))
	case 6:
		return fmt.Sprintf("2001:db8::%x", 1+n(60000))
	case 7:
		return pick(rng, "夜莺计划", "夜莺\u200d计划")
	}
	return fmt.Sprintf("TK-99%d", n(1000))
}

func pick(rng *rand.Rand, from ...string) string { return from[rng.IntN(len(from))] }

// message is the generated message i: two of three have secrets.
func message(i int) roaming.Message {
	rng := rand.New(rand.NewPCG(7, uint64(i)))
	words := func() string {
		text := pick(rng, "你好，", "See you at 10:30, ", "订单20261130123456789012 ", "共 12,800.00 元 ", "v1.2.3 <b>&amp;</b> \"q\" ", "'=1+1\n\n", "\\*md*\\ | `x` ")
		if i%3 > 0 {
			text += secret(rng) + pick(rng, "。", " ok", "\n", "，谢谢", "<br>")
		}
		return text + pick(rng, "谢谢", "", "1764495436123", "👨‍👩‍👧")
	}
	text := words()
	m := roaming.Message{
		ID: roaming.MessageID(1_400_000_000_000_000_000 + i), Timestamp: roaming.Millis(1_764_000_000_123 + int64(i)*1000), ChatType: roaming.Chat,
		Conversation: "bob", From: "bob", To: "alice", Kind: roaming.Text, Text: text, Body: map[string]any{"msg": text},
		Ext: map[string]any{words(): []any{words(), map[string]any{"k": words()}}}, Raw: []byte(words()),
		Details: roaming.Details{Reactions: []any{map[string]any{"reaction": words(), "count": int64(1)}}, Thread: map[string]any{"thread_name": words()}, Stream: map[string]any{"error": words()}},
	}
	kinds := append(roaming.Kinds(), roaming.Unknown)
	if m.Kind = kinds[i%len(kinds)]; m.Kind == roaming.Text {
		m.Body["translations"] = words()
		return m
	}
	m.Text, m.Body = "", map[string]any{"type": words()}
	for _, name := range []string{"msg", "filename", "url", "secret", "addr", "action", "customEvent", "title", "summary", words()} {
		m.Body[name] = words()
	}
	return m
}

// generated is a source of the generated messages, and stored an archive.
type (
	generated struct{}
	stored    struct{ archive.Store }
)

func (generated) About() source.About { return source.About{Kind: source.Archive, Name: "test"} }
func (generated) Close() error        { return nil }

func (generated) Attachment(context.Context, source.Message, source.Part, io.Writer) error {
	return fs.ErrNotExist
}

func (generated) Conversations(context.Context, string) iter.Seq2[roaming.Conversation, error] {
	return func(func(roaming.Conversation, error) bool) {}
}

func (generated) Gaps(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Gap, error] {
	return func(func(source.Gap, error) bool) {}
}

func (generated) Messages(context.Context, roaming.Ref, source.Query) iter.Seq2[source.Message, error] {
	return func(yield func(source.Message, error) bool) {
		for i := range messages {
			if !yield(source.Message{Message: message(i)}, nil) {
				return
			}
		}
	}
}

func (stored) Search(context.Context, archive.Search) iter.Seq2[archive.Stored, error] {
	return func(yield func(archive.Stored, error) bool) {
		for i := range messages {
			m := message(i)
			s := archive.Stored{Message: archive.Message{
				Key: archive.IDKey(m.ID.String()), Time: m.Timestamp, Conversation: archive.ChatOf("alice", "bob"), From: m.From, To: m.To,
				Kind: m.Kind, Text: m.Text, Body: m.Body, Ext: m.Ext, Raw: m.Raw, Details: m.Details,
			}}
			if !yield(s, nil) {
				return
			}
		}
	}
}
