package userlist

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"
)

// endless is a file without end that takes no memory: a header, and the same
// lines again and again.
type endless struct {
	header, lines []byte
	rest          []byte
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		e.rest = e.lines
	}
	if e.header != nil {
		e.rest, e.header = e.header, nil
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func plainFile() io.Reader {
	var lines bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&lines, "user%06d\n", i)
	}
	return &endless{lines: lines.Bytes()}
}

func csvFile() io.Reader {
	return &endless{header: []byte("name,id\n"), lines: []byte("\"A, \"\"B\"\"\nC\",alice\nD,\"bob\"\n")}
}

func ndjsonFile() io.Reader {
	return &endless{lines: []byte(`{"id":"alice","tags":["a"]}` + "\n" + `{"id":12}` + "\n")}
}

// readSome takes n users and returns the highest memory in use at any of ten
// moments, in bytes.
func readSome(tb testing.TB, r io.Reader, column string, n int) (peak uint64) {
	tb.Helper()
	taken := 0
	for _, err := range Read(r, Options{Name: "f", Column: column, Check: lower}) {
		if err != nil {
			tb.Fatal(err)
		}
		taken++
		if taken%(n/10) == 0 {
			peak = max(peak, inUse())
		}
		if taken == n {
			break
		}
	}
	return peak
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestReadHoldsOneLine(t *testing.T) {
	for name, file := range map[string]struct {
		column string
		open   func() io.Reader
	}{"plain": {"", plainFile}, "csv": {"id", csvFile}, "ndjson": {"id", ndjsonFile}} {
		t.Run(name, func(t *testing.T) {
			before := inUse()
			peak := readSome(t, file.open(), file.column, 300_000)
			if peak > before+(1<<20) {
				t.Errorf("%d bytes in use, %d before", peak, before)
			}
		})
	}
}

// A line without end is read past, not into memory.
func TestReadHoldsNoLongLine(t *testing.T) {
	for _, column := range []string{"", "id"} {
		before := inUse()
		header := []byte("id\n")
		r := io.MultiReader(bytes.NewReader(header), io.LimitReader(&endless{lines: bytes.Repeat([]byte("x"), 4096)}, 200<<20))
		var after uint64
		for _, err := range Read(r, Options{Column: column}) {
			if err != nil {
				after = inUse()
			}
		}
		if after == 0 || after > before+(1<<20) {
			t.Errorf("%d bytes in use, %d before", after, before)
		}
	}
}

// BenchmarkRead reads a million users. live-KiB is the most memory in use at
// any of ten moments; B/op are the IDs, which the caller gets one by one.
func BenchmarkRead(b *testing.B) {
	for _, file := range []struct {
		name, column string
		open         func() io.Reader
	}{{"plain", "", plainFile}, {"csv", "id", csvFile}, {"ndjson", "id", ndjsonFile}} {
		b.Run(file.name, func(b *testing.B) {
			b.ReportAllocs()
			before := inUse()
			var peak uint64
			for b.Loop() {
				peak = max(peak, readSome(b, file.open(), file.column, 1_000_000))
			}
			b.ReportMetric(float64(peak-min(peak, before))/1024, "live-KiB")
		})
	}
}
