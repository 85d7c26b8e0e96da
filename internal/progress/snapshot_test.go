package progress

import (
	"testing"
	"time"
)

func TestDecimal(t *testing.T) {
	for f, want := range map[float64]string{0: "0.0", 0.04: "0.0", 97.84: "97.8", 99.96: "100.0", 1234.5: "1,234.5"} {
		if got := decimal(f); got != want {
			t.Errorf("decimal(%v) = %s, want %s", f, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, "0s"},
		{0, "0s"},
		{400 * time.Millisecond, "0s"},
		{59 * time.Second, "59s"},
		{59*time.Second + 700*time.Millisecond, "1m00s"},
		{200 * time.Second, "3m20s"},
		{59*time.Minute + 59*time.Second, "59m59s"},
		{62*time.Minute + 59*time.Second, "1h02m"},
		{24*time.Hour - time.Second, "23h59m"},
		{52*time.Hour + 59*time.Minute, "2d4h"},
		{1000 * time.Hour, "41d16h"},
	}
	for _, tt := range tests {
		if got := duration(tt.d); got != tt.want {
			t.Errorf("duration(%v) = %s, want %s", tt.d, got, tt.want)
		}
	}
}

func TestPercentIsNotRoundedUp(t *testing.T) {
	for _, tt := range []struct{ done, total, want int }{
		{0, 50000, 0}, {49999, 50000, 99}, {50000, 50000, 100}, {50001, 50000, 100}, {0, 0, 100}, {-1, 5, 0},
	} {
		if got := (Snapshot{Users: tt.done, UsersTotal: tt.total}).percent(); got != tt.want {
			t.Errorf("%d of %d: %d%%, want %d%%", tt.done, tt.total, got, tt.want)
		}
	}
}
