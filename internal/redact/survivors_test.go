package redact_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/exporter"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

// A file that was not redacted is found out in every format, with message and field and
// without the words.
func TestCheckFile(t *testing.T) {
	dir := t.TempDir()
	columns := views.InFiles(views.Archived())
	for _, c := range []struct {
		path   string
		format exporter.Format
	}{{"a.ndjson", exporter.NDJSON}, {"a.ndjson.zst", exporter.NDJSON}, {"a.csv", exporter.CSV}, {"a.parquet", exporter.Parquet}} {
		path := filepath.Join(dir, c.path)
		if err := unredacted(t, path, c.format, columns); err != nil {
			t.Fatal(err)
		}
		if c.format == exporter.Parquet {
			files, _ := filepath.Glob(filepath.Join(path, "*", "*.parquet"))
			path = files[0]
		}
		err := redactor(t, closed).CheckFile(t.Context(), path, string(c.format), strings.HasSuffix(path, ".zst"))
		if fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), "message 14") || !strings.Contains(err.Error(), "the field ") || len(secretsIn(err.Error())) > 0 {
			t.Errorf("%s: %v", c.path, err)
		}
	}
}

func unredacted(t *testing.T, path string, format exporter.Format, columns render.View[archive.Record]) error {
	t.Helper()
	if format == exporter.Parquet {
		_, err := exporter.Folder(t.Context(), stored{}, archive.Search{}, path, nil)
		return err
	}
	_, err := exporter.File(t.Context(), stored{}, archive.Search{}, path, format, columns, nil)
	return err
}

// A whole export of an archive whose columns show what was replaced ends with an error,
// and leaves no file.
func TestASurvivorStopsAnArchiveExport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "all.csv")
	leaking := views.InFiles(views.Archived())
	for i := range leaking.Columns {
		if leaking.Columns[i].Name == "text" {
			leaking.Columns[i].Cell = func(archive.Record, render.Env) string { return "call 138-0013-8000" }
		}
	}
	_, err := exporter.File(t.Context(), stored{}, archive.Search{}, path, exporter.CSV, leaking, redactor(t, closed))
	if fault.ExitCode(err) != 10 || !strings.Contains(err.Error(), "message 14") || !strings.Contains(err.Error(), "the field text") || strings.Contains(err.Error(), "0013") {
		t.Errorf("exit code %d, %v", fault.ExitCode(err), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}
