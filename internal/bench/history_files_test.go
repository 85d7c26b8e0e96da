package bench

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/archive/storetest"
)

// BenchmarkHistoryFiles syncs a day of history files, 24 hours of BENCH_RECORDS records
// each, and compares its CPU time with that of zcat and wc for the same records.
func BenchmarkHistoryFiles(b *testing.B) {
	need(b, "sh", "zcat", "wc")
	each := number("BENCH_RECORDS", 100_000)
	day := dayOfRecords(b, each)
	s := start(b, filepath.Join(b.TempDir(), "box"), "--import", day, "--history-files-since", "2025-11-01", "--history-files-lag", "0s")
	s.env = append(s.env, "ROAMCTL_LIMITS=off", "ROAMCTL_HISTORY_FILES_ZONE=Beijing")
	for range b.N {
		place := filepath.Join(b.TempDir(), "archive.db")
		u := s.run([]string{
			"roamctl", "archive", "sync", "--source", "history-files", "--archive", place,
			"--since", "2025-11-20T00:00:00Z", "--until", "2025-11-20T23:00:00Z",
		})
		floor := s.run([]string{"sh", "-c", "zcat " + day + " | wc"})
		n := float64(24 * each)
		b.ReportMetric(n/u.wall.Seconds(), "messages/s")
		b.ReportMetric(u.cpu.Seconds()/n*1e6, "cpu-s/million")
		b.ReportMetric(u.cpu.Seconds()/floor.cpu.Seconds(), "times-zcat-wc")
		b.ReportMetric(float64(u.peak)/1e6, "peak-MB")
	}
}

// dayOfRecords writes a history file of 24 hours: the real messages, repeated with
// other IDs and times.
func dayOfRecords(b *testing.B, each int) string {
	b.Helper()
	messages := storetest.RealMessages(b)
	path := filepath.Join(b.TempDir(), "day.ndjson.gz")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	packed := gzip.NewWriter(f)
	out := bufio.NewWriterSize(packed, 1<<20)
	for i := range 24 * each {
		m := &messages[i%len(messages)]
		at := 1763596800000 + int64(i)*int64(86_400_000/(24*each))
		line := strings.Replace(string(m.Raw), m.Key.ID(), strconv.Itoa(1_180_000_000_000_000_000+i), 1)
		fmt.Fprintln(out, strings.Replace(line, fmt.Sprint(m.Time.UnixMilli()), fmt.Sprint(at), 1))
	}
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}
