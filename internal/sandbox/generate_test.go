package sandbox

import (
	"testing"
	"time"
)

// BenchmarkGenerate is a world of 1,000 users, a message an op.
func BenchmarkGenerate(b *testing.B) {
	s := open(b, Options{})
	b.ReportAllocs()
	b.ResetTimer()
	got, err := s.Generate(b.Context(), GenerateOptions{
		Users: 1000, Groups: -1, Messages: int64(b.N), Seed: 1, Days: 30, End: time.Unix(1_800_000_000, 0),
	}, nil)
	if err != nil || got.Messages != int64(b.N) {
		b.Fatal(got, err)
	}
}
