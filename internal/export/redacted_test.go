package export

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/parquetfile"
	"github.com/roamctl/roamctl/internal/redact"
)

// leaking is a table that gets redacted records and writes a number that the rules
// take.
type leaking struct{ table }

func (leaking) Record(b, line []byte) ([]byte, error) {
	b, err := table{}.Record(b, line)
	return append(bytes.TrimSuffix(b, []byte("\n")), "138-0013-8000\n"...), err
}

// An export whose files still have what the rules take ends with exit code 10. No file
// is put in its place, and the error names message and field without the text.
func TestASurvivorStopsAnExport(t *testing.T) {
	w := newWorld()
	w.say(chat("alice", "bob"), 3)
	dir := t.TempDir()
	r := newRun(t, w, dir, "run", Options{Template: mustTemplate(t, "{user}.{format}", CSV), Format: CSV})
	r.redactor, r.csv = redactor(t), func() Encoder { return leaking{} }
	_, err := r.try(t.Context(), "alice")
	id := w.messages[chat("alice", "bob")][0].ID.String()
	if fault.ExitCode(err) != 10 || !strings.Contains(err.Error(), "message "+id+":") || !strings.Contains(err.Error(), "the field text") || strings.Contains(err.Error(), "0013") {
		t.Errorf("exit code %d, %v", fault.ExitCode(err), err)
	}
	for name := range tree(t, dir) {
		if !strings.HasPrefix(name, workName) {
			t.Errorf("the folder has %s", name)
		}
	}
}

// Parquet files of a redacted export have pseudonyms, and nothing that the rules take.
func TestARedactedExportToParquet(t *testing.T) {
	w := newWorld()
	ref := chat("alice", "bob")
	w.say(ref, 7)
	for i := range w.messages[ref] {
		m := &w.messages[ref][i]
		m.Text, m.Raw = "call 138-0013-8000", []byte("call 138-0013-8000")
		m.Body, m.Ext = map[string]any{"msg": m.Text}, map[string]any{"138-0013-8000": m.Text}
	}
	dir := t.TempDir()
	r := newRun(t, w, dir, "run", parquetOptions(t))
	r.redactor = redactor(t)
	if _, err := r.try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	found := 0
	for name, content := range tree(t, dir) {
		if name == ManifestName {
			continue
		}
		file := strings.NewReader(content)
		for row, err := range parquetfile.Read(t.Context(), file, file.Size()) {
			if err != nil {
				t.Fatal(err)
			}
			found++
			if all := row.Text + row.Body + row.Ext + string(row.Raw); strings.Contains(all, "0013") || !strings.HasPrefix(row.Text, "call [mobile-") {
				t.Errorf("message %s: %s", row.ID, all)
			}
		}
	}
	if found != len(w.messages[ref]) {
		t.Errorf("%d messages, want %d", found, len(w.messages[ref]))
	}
}

func redactor(t *testing.T) *redact.Redactor {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := fsutil.Replace(path, []byte("words: [x]\n")); err != nil {
		t.Fatal(err)
	}
	rules, err := redact.Load(path, func(s string) (query.Query, error) { return query.Parse(s, query.Times{}) })
	if err != nil {
		t.Fatal(err)
	}
	return redact.New(rules, redact.Options{})
}
