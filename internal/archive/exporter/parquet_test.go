package exporter

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/parquetfile"
	"github.com/roamctl/roamctl/internal/roaming"
)

// stored is an archive with a message on each day, the last of which can't be
// read if there is an error.
type stored struct {
	archive.Store

	days int
	err  error
}

func (s stored) Search(context.Context, archive.Search) iter.Seq2[archive.Stored, error] {
	return func(yield func(archive.Stored, error) bool) {
		for i := range s.days {
			m := archive.Stored{Message: archive.Message{
				Key: archive.IDKey(fmt.Sprint(i + 1)), Time: roaming.Time{Time: time.Date(2025, 11, 29+i, 0, 0, 0, 0, time.UTC)},
				Conversation: archive.ConversationOf(roaming.Ref{User: "alice", Conversation: "bob", Type: roaming.Chat}),
				Body:         map[string]any{"msg": "<发票>", "secret": "s3cret"},
			}}
			if !yield(m, nil) {
				return
			}
		}
		if s.err != nil {
			yield(archive.Stored{}, s.err)
		}
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

func TestFolderHasTheMessagesByMonth(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "all")
	result, err := Folder(t.Context(), stored{days: 5}, archive.Search{}, dir, nil)
	if err != nil || result.Messages != 5 || result.Path != dir || result.Bytes == 0 || len(result.SHA256) != 64 {
		t.Fatalf("%+v, %v", result, err)
	}
	if diff := cmp.Diff([]string{sumsName, "month=2025-11", "month=2025-12"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
	var ids []string
	for _, name := range []string{"month=2025-11/messages-0001.parquet", "month=2025-12/messages-0002.parquet"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range parquetfile.Read(t.Context(), f, info.Size()) {
			if err != nil || r.Body != `{"msg":"<发票>"}` || r.Sources != "[]" || *r.Revisions != 0 {
				t.Errorf("%+v, %v", r, err)
			}
			ids = append(ids, r.ID)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4", "5"}, ids); diff != "" {
		t.Error(diff)
	}
	if _, err := Folder(t.Context(), stored{days: 1}, archive.Search{}, dir, nil); fault.KindOf(err) != fault.Safety {
		t.Error(err)
	}
}

// What fails leaves nothing behind that looks like an export.
func TestFailedFolderIsRemoved(t *testing.T) {
	dir := t.TempDir()
	broken := errors.New("broken")
	if _, err := Folder(t.Context(), stored{days: 40, err: broken}, archive.Search{}, filepath.Join(dir, "all"), nil); !errors.Is(err, broken) {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}
