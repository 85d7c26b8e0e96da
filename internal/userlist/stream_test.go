package userlist

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"
)

// endless is a file without an end: a header, then the same lines repeatedly.
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

func csvUsers() io.Reader {
	return &endless{header: []byte("name,id\n"), lines: []byte("\"A, \"\"B\"\"\nC\",alice\nD,\"bob\"\n")}
}

func ndjsonFile() io.Reader {
	return &endless{lines: []byte(`{"id":"alice","tags":["a"]}` + "\n" + `{"id":12}` + "\n")}
}

// readSome reads n users, of size bytes each, and returns the most bytes that Read read
// ahead of them.
func readSome(tb testing.TB, r io.Reader, column string, n, size int) (ahead int) {
	tb.Helper()
	counted := &counting{r: r}
	taken := 0
	for _, err := range Read(counted, Options{Name: "f", Column: column, Check: lower}) {
		if err != nil {
			tb.Fatal(err)
		}
		taken++
		if taken == n {
			break
		}
		if taken%1000 == 0 {
			ahead = max(ahead, counted.n-taken*size)
		}
	}
	return ahead
}

// counting counts the bytes that are read.
type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// allocated returns how many bytes f allocates, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Read keeps only a buffer of the file in memory.
func TestReadHoldsOneLine(t *testing.T) {
	for name, file := range map[string]struct {
		column string
		open   func() io.Reader
		size   int
	}{"plain": {"", plainFile, 11}, "csv": {"id", csvUsers, 13}, "ndjson": {"id", ndjsonFile, 19}} {
		if ahead := readSome(t, file.open(), file.column, 100_000, file.size); ahead < 0 || ahead > 2*bufferSize {
			t.Errorf("%s: %d bytes were read ahead", name, ahead)
		}
	}
	if testing.Short() {
		return // the race detector, which runs short tests, allocates more
	}
	for column, open := range map[string]func() io.Reader{"": plainFile, "id": csvUsers} {
		got := allocated(func() { readSome(t, open(), column, 100_000, 0) })
		if most := uint64(100_000*16 + 4*bufferSize); got > most { // an ID has 16 bytes at most
			t.Errorf("column %q: %d bytes were allocated, more than %d", column, got, most)
		}
	}
}

// Read skips an endless line without keeping it.
func TestReadHoldsNoLongLine(t *testing.T) {
	for _, column := range []string{"", "id"} {
		got := allocated(func() {
			r := io.MultiReader(bytes.NewReader([]byte("id\n")), io.LimitReader(&endless{lines: bytes.Repeat([]byte("x"), 4096)}, 20<<20))
			for range Read(r, Options{Column: column}) {
				continue // to the end
			}
		})
		if got > 1<<20 {
			t.Errorf("column %q: %d bytes were allocated", column, got)
		}
	}
}

// BenchmarkRead reads a million users. Most of B/op are the IDs.
func BenchmarkRead(b *testing.B) {
	for _, file := range []struct {
		name, column string
		open         func() io.Reader
	}{{"plain", "", plainFile}, {"csv", "id", csvUsers}, {"ndjson", "id", ndjsonFile}} {
		b.Run(file.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				readSome(b, file.open(), file.column, 1_000_000, 0)
			}
		})
	}
}
