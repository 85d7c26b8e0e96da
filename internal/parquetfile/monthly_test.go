package parquetfile

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
)

// memoryFile is a File of a test.
type memoryFile struct {
	bytes.Buffer
	month             string
	rows              int64
	finished, aborted bool
}

func (f *memoryFile) Finish(rows int64) error { f.finished, f.rows = true, rows; return nil }

func (f *memoryFile) Abort() { f.aborted = true }

func record(month, id string) []byte {
	return fmt.Appendf(nil, `{"id":%q,"timestamp":"%s-01T00:00:00.000Z","chat_type":"chat"}`, id, month)
}

func TestMonthsHaveTheirFiles(t *testing.T) {
	var files []*memoryFile
	m := Monthly{Create: func(month string) (File, error) {
		files = append(files, &memoryFile{month: month})
		return files[len(files)-1], nil
	}}
	for i, month := range []string{"2025-11", "2025-12", "2025-11", "2025-12"} {
		if err := m.Add(record(month, fmt.Sprint(i+1))); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Add([]byte(`{"chat_type":"chat"}`)); err != nil {
		t.Fatal(err)
	}
	if err := m.Finish(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		rows, err := readAll(f.Bytes())
		if err != nil || !f.finished || int64(len(rows)) != f.rows {
			t.Errorf("%s: %d rows, %d finished: %v", f.month, len(rows), f.rows, err)
		}
		for _, r := range rows {
			got = append(got, f.month+" "+r.ID)
		}
	}
	if diff := cmp.Diff([]string{"2025-11 1", "2025-11 3", "2025-12 2", "2025-12 4", "unknown "}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOpenFilesAreBounded(t *testing.T) {
	var files []*memoryFile
	m := Monthly{Create: func(month string) (File, error) {
		files = append(files, &memoryFile{month: month})
		return files[len(files)-1], nil
	}}
	for i := range 3 * 12 { // each month three times, in turn
		if err := m.Add(record(fmt.Sprintf("2025-%02d", i%12+1), "1")); err != nil {
			t.Fatal(err)
		}
		if len(m.open) > maxOpen {
			t.Fatalf("%d files are open", len(m.open))
		}
	}
	m.Abort()
	var rows int64
	for _, f := range files {
		if f.finished == f.aborted {
			t.Errorf("%s: finished %t, aborted %t", f.month, f.finished, f.aborted)
		}
		rows += f.rows
	}
	if want := int64(3*12 - maxOpen); rows != want {
		t.Errorf("%d rows are finished, not %d", rows, want)
	}
}

func TestFilesAreBounded(t *testing.T) {
	files := 0
	line := record("2025-11", "1")
	m := Monthly{MaxBytes: int64(2 * len(line)), Create: func(string) (File, error) { files++; return &memoryFile{}, nil }}
	for range 5 {
		if err := m.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Finish(); err != nil || files != 3 {
		t.Error(files, err)
	}
}

// Writing takes the memory of a row group, however many rows there are.
func BenchmarkWrite(b *testing.B) {
	var lines [][]byte
	for i := range 1000 {
		line, err := roaming.Message{
			ID: roaming.MessageID(1 << 60 * uint64(i%7+1)), ChatType: roaming.Chat, Conversation: fmt.Sprint("user", i%50), From: fmt.Sprint("user", i%50),
			To: "alice", Kind: roaming.Text, Text: strings.Repeat(fmt.Sprint("订单", i, "的发票"), 5),
			Body: map[string]any{"msg": strings.Repeat(fmt.Sprint("订单", i, "的发票"), 5)}, Ext: map[string]any{},
		}.AppendJSON(nil)
		if err != nil {
			b.Fatal(err)
		}
		lines = append(lines, line)
	}
	m := Monthly{Create: func(string) (File, error) { return discard{io.Discard}, nil }}
	var peak, size uint64
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := m.Add(lines[i%len(lines)]); err != nil {
			b.Fatal(err)
		}
		if size += uint64(len(lines[i%len(lines)])); i%50_000 == 0 {
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			peak = max(peak, s.HeapInuse)
		}
	}
	if err := m.Finish(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peak)/1e6, "MB-heap")
}

type discard struct{ io.Writer }

func (discard) Finish(int64) error { return nil }

func (discard) Abort() {}

// The memory of a month's row group is free once another month begins.
func TestAMonthThatBeginsEndsRowGroups(t *testing.T) {
	m := Monthly{Create: func(string) (File, error) { return &memoryFile{}, nil }}
	for _, month := range []string{"2025-10", "2025-10", "2025-11"} {
		if err := m.Add(record(month, "1")); err != nil {
			t.Fatal(err)
		}
	}
	if old, now := m.open[0].rows, m.open[1].rows; old.inRows != 0 || old.total != 2 || now.inRows != 1 {
		t.Errorf("%d of %d rows are in memory, and %d", old.inRows, old.total, now.inRows)
	}
	if err := m.Finish(); err != nil {
		t.Error(err)
	}
}
