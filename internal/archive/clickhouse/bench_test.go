package clickhouse

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/archive/storetest"
)

// benchCount is how many messages the benchmarks take: ROAMCTL_BENCH_MESSAGES, or
// 100,000.
func benchCount() int {
	if n, err := strconv.Atoi(os.Getenv("ROAMCTL_BENCH_MESSAGES")); err == nil {
		return n
	}
	return 100_000
}

// BenchmarkBeside imports the same messages into a file and into a server, one
// after the other, and searches both. The server's own processor time is not in
// that of the process.
func BenchmarkBeside(b *testing.B) {
	needsServer(b)
	messages := storetest.RealMessages(b)
	file, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "archive.db"), sqlite.Options{Create: true})
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	stores := []struct {
		name string
		archive.Store
	}{{"sqlite", file}, {"clickhouse", openAt(b, addressOf(b.TempDir(), shared.host))}}
	for _, s := range stores {
		b.Run("ingest/"+s.name, func(b *testing.B) {
			for b.Loop() {
				var batch []archive.Message
				for part := range storetest.Copies(benchCount(), slices.Values(messages)) {
					if batch = append(batch, part...); len(batch) < 10_000 {
						continue
					}
					importBatch(b, s, batch)
					batch = batch[:0]
				}
				importBatch(b, s, batch)
			}
			b.ReportMetric(float64(benchCount())/b.Elapsed().Seconds(), "messages/s")
			st, err := s.Stats(b.Context())
			if err != nil || st.Messages != int64(benchCount()) {
				b.Fatal(st, err)
			}
			b.ReportMetric(float64(st.Bytes)/float64(st.Messages), "bytes/message")
		})
	}
	for _, word := range []string{"我", "今天", "月饼", "晚上回家", "ok", "o"} {
		for _, s := range stores {
			b.Run(fmt.Sprintf("search/%s/%s", word, s.name), func(b *testing.B) { benchSearch(b, s, word) })
		}
	}
	for _, limit := range []int{50, 1000} {
		for _, s := range stores {
			b.Run(fmt.Sprintf("list/%d/%s", limit, s.name), func(b *testing.B) {
				for b.Loop() {
					storetest.List(b, s, "u79a6d10c3", limit)
				}
			})
		}
	}
}

func importBatch(b *testing.B, s archive.Store, messages []archive.Message) {
	b.Helper()
	if _, err := s.Import(b.Context(), archive.Batch{Run: archive.Run{ID: "run"}, Messages: messages}); err != nil {
		b.Fatal(err)
	}
}

// benchSearch lists the newest 50 hits.
func benchSearch(b *testing.B, s archive.Store, word string) {
	b.Helper()
	search := archive.Search{Query: query.Query{Expr: query.Text{Term: word}}, Span: archive.Everything(), Limit: 50}
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
