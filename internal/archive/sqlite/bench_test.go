package sqlite

import (
	"database/sql"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/storetest"
)

// fill makes an archive of so many messages.
func fill(b *testing.B, dir string, count int, round iter.Seq[archive.Message]) *Store {
	b.Helper()
	s, err := Open(b.Context(), filepath.Join(dir, "archive.db"), Options{Create: true})
	if err != nil {
		b.Fatal(err)
	}
	for batch := range storetest.Copies(count, round) {
		if _, err := s.Import(b.Context(), archive.Batch{Run: archive.Run{ID: "run"}, Messages: batch}); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// benchCount is how many messages the benchmarks of ingest take, and search at
// most: ROAMCTL_BENCH_MESSAGES, or 100,000.
func benchCount() int {
	if n, err := strconv.Atoi(os.Getenv("ROAMCTL_BENCH_MESSAGES")); err == nil {
		return n
	}
	return 100_000
}

// reportPeak reports the most memory that the process has had, where the system
// says so.
func reportPeak(b *testing.B) {
	b.Helper()
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if fields := strings.Fields(rest); len(fields) > 0 {
		kb, _ := strconv.ParseFloat(fields[0], 64)
		b.ReportMetric(kb/1024, "peak-MB")
	}
}

// processorTime is what the process has used, in seconds; 0 where the system does
// not say so.
func processorTime() float64 {
	stat, _ := os.ReadFile("/proc/self/stat")
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100 // Linux counts in hundredths
}

// reportRate reports how fast messages were taken, by the clock and by the
// processor time. The latter says more on a machine that others share.
func reportRate(b *testing.B, before float64) {
	b.Helper()
	messages := float64(benchCount() * b.N)
	b.ReportMetric(messages/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric((processorTime()-before)/messages*1e6, "cpu-µs/message")
}

// BenchmarkIngest and BenchmarkPlainInsert take the same messages; the ratio of
// their messages/s is what the archive costs.
func BenchmarkIngest(b *testing.B) {
	messages := slices.Values(storetest.RealMessages(b))
	b.ReportAllocs()
	before := processorTime()
	for b.Loop() {
		s := fill(b, b.TempDir(), benchCount(), messages)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(s.path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/float64(benchCount()), "bytes/message")
	}
	reportRate(b, before)
}

// BenchmarkPeak imports what it reads from a file, to show the memory that it
// takes. Run it alone.
func BenchmarkPeak(b *testing.B) {
	for b.Loop() {
		if err := fill(b, b.TempDir(), benchCount(), storetest.StreamMessages(b)).Close(); err != nil {
			b.Fatal(err)
		}
	}
	reportPeak(b)
}

// BenchmarkPlainInsert puts the same messages into one table, by one prepared
// statement, in transactions of the same size.
func BenchmarkPlainInsert(b *testing.B) {
	messages := slices.Values(storetest.RealMessages(b))
	b.ReportAllocs()
	before := processorTime()
	for b.Loop() {
		db, err := sql.Open("sqlite", dsn(filepath.Join(b.TempDir(), "plain.db"), "journal_mode(wal)", "cache_size(-32000)"))
		if err != nil {
			b.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		if _, err := db.Exec("CREATE TABLE plain(id TEXT PRIMARY KEY, time INTEGER, sender TEXT, recipient TEXT, kind TEXT, text TEXT, raw BLOB)"); err != nil {
			b.Fatal(err)
		}
		for batch := range storetest.Copies(benchCount(), messages) {
			insertPlain(b, db, batch)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	reportRate(b, before)
}

func insertPlain(b *testing.B, db *sql.DB, batch []archive.Message) {
	b.Helper()
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	insert, err := tx.Prepare("INSERT INTO plain VALUES(?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close()
	for i := range batch {
		m := &batch[i]
		if _, err := insert.Exec(m.Key.ID(), m.Time.UnixMilli(), m.From, m.To, string(m.Kind), m.Text, m.Raw); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSearch lists the newest 50 hits.
func BenchmarkSearch(b *testing.B) {
	for _, count := range []int{100_000, 1_000_000, 5_000_000} {
		if count > benchCount() {
			continue
		}
		s := fill(b, b.TempDir(), count, storetest.StreamMessages(b))
		for _, word := range []string{"我", "今天", "月饼", "晚上回家", "ok", "o"} {
			b.Run(fmt.Sprintf("%d/%s", count, word), func(b *testing.B) { benchSearch(b, s, word, 50) })
		}
		b.Run(fmt.Sprintf("%d/all/月饼", count), func(b *testing.B) { benchSearch(b, s, "月饼", 0) })
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func benchSearch(b *testing.B, s *Store, word string, limit int) {
	b.Helper()
	b.ReportAllocs()
	search := archive.Search{Query: query.Query{Expr: query.Text{Term: word}}, Span: archive.Everything(), Limit: limit}
	hits := 0
	for b.Loop() {
		hits = 0
		for _, err := range s.Search(b.Context(), search) {
			if err != nil {
				b.Fatal(err)
			}
			hits++
		}
	}
	b.ReportMetric(float64(hits), "hits")
}

// BenchmarkList lists a user's latest conversations, and all: the latter reads where the
// user's messages are, to find groups.
func BenchmarkList(b *testing.B) {
	for _, count := range []int{len(storetest.RealMessages(b)), benchCount()} {
		s := fill(b, b.TempDir(), count, storetest.StreamMessages(b))
		for _, limit := range []int{50, 1000} {
			b.Run(fmt.Sprintf("%d/%d", count, limit), func(b *testing.B) {
				for b.Loop() {
					storetest.List(b, s, "u79a6d10c3", limit)
				}
			})
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
