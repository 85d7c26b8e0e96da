package importer_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/importer"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func hourly(id, text string) string {
	return fmt.Sprintf(`{"msg_id":%q,"timestamp":1763596800919,"chat_type":"chat","payload":{"bodies":[{"type":"txt","msg":%q}],"from":"alice","to":"bob"}}`+"\n", id, text)
}

func exported(user, id, text string) string {
	return fmt.Sprintf(`{"user":%q,"id":%q,"timestamp":"2025-11-20T00:00:00.919Z","chat_type":"chat","conversation":"bob","from":"alice","to":"bob","kind":"txt","text":%q,"body":{"msg":%q},"ext":{}}`+"\n", user, id, text, text)
}

func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

func zstandard(text string) string {
	z, _ := zstd.NewWriter(nil)
	return string(z.EncodeAll([]byte(text), nil))
}

func utf16LE(text string) string {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// imported is each file that an import of a folder reports, as one line.
func imported(t *testing.T, store archive.Store, appKey string, files map[string]string) (lines []string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bad := 0
	i := importer.Importer{
		Store: store, Run: archive.Run{ID: "run", Started: roaming.Millis(1)}, AppKey: appKey,
		OnBadLine: func(string, error) { bad++ },
		OnFile: func(f importer.File) error {
			name, err := filepath.Rel(dir, f.Path)
			line := fmt.Sprintf("%s: %s, %d added, %d known, %d bad", name, f.Kind, f.Added, f.Known, f.Unreadable)
			if f.Err != nil {
				line += ", " + string(fault.KindOf(f.Err))
			}
			lines = append(lines, line)
			return err
		},
	}
	if err := i.Import(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestFilesAreKnownByTheirContent(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	cut := gzipped(hourly("4", strings.Repeat("长", 5000)) + hourly("5", "cut"))
	files := map[string]string{
		"01.gz":              gzipped(hourly("1", "one") + hourly("2", "two")),
		"02.txt":             "garbage\n" + hourly("1", "one") + "{\n" + hourly("3", "three"),
		"03-utf16":           utf16LE(hourly("6", "六")),
		"04-cut.gz":          cut[:len(cut)-9],
		"05-empty.gz":        gzipped(""),
		"06.ndjson.zst":      zstandard(exported("alice", "1", "one") + exported("bob", "7", "seven")),
		"07-no-user.ndjson":  exported("", "8", "eight"),
		"08-other.json":      `{"a":1}`,
		"09.csv":             "user,id,timestamp,from,to,chat_type,conversation\nalice,1,,,,,\n",
		"10/x/deep.gz":       gzipped(hourly("9", "nine")),
		"11/manifest.ndjson": `{"export":{"app_key":"org#other"}}` + "\n",
		"11/alice.ndjson":    exported("alice", "99", "foreign"),
		"12/manifest.ndjson": `{"export":{"app_key":"org#app"}}` + "\n",
		"12/a-0001.ndjson":   exported("alice", "", "same") + exported("alice", "", "same"),
		"12/a-0002.ndjson":   exported("alice", "", "same"),
		"12/.export/run":     "x",
		"13/manifest.json":   "{}",
		".hidden":            hourly("98", "hidden"),
	}
	want := []string{
		"01.gz: history file, 2 added, 0 known, 0 bad",
		"02.txt: history file, 1 added, 1 known, 2 bad",
		"03-utf16: history file, 1 added, 0 known, 0 bad",
		"04-cut.gz: history file, 2 added, 0 known, 0 bad, bug",
		"05-empty.gz: history file, 0 added, 0 known, 0 bad",
		"06.ndjson.zst: export, 1 added, 1 known, 0 bad",
		"07-no-user.ndjson: export, 1 added, 0 known, 0 bad",
		"08-other.json: , 0 added, 0 known, 0 bad, usage",
		"09.csv: export, 0 added, 0 known, 0 bad, usage",
		"10/x/deep.gz: history file, 1 added, 0 known, 0 bad",
		"11: export, 0 added, 0 known, 0 bad, safety",
		"12/a-0001.ndjson: export, 2 added, 0 known, 0 bad",
		"12/a-0002.ndjson: export, 1 added, 0 known, 0 bad",
		"13: backup, 0 added, 0 known, 0 bad, safety",
	}
	if diff := cmp.Diff(want, imported(t, store, "org#app", files)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, line := range imported(t, store, "org#app", files) {
		if !strings.Contains(line, " 0 added,") {
			t.Errorf("again: %s", line)
		}
	}
}
