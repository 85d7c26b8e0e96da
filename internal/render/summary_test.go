package render_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestSummary(t *testing.T) {
	type fields = map[string]any
	tests := []struct {
		kind roaming.Kind
		body fields
		want string
	}{
		{roaming.Image, nil, "[image]"},
		{roaming.Image, fields{"filename": "a.png"}, "[image] a.png"},
		{roaming.Image, fields{"filename": 7, "file_length": "big", "size": "wide"}, "[image]"},
		{roaming.Image, fields{"file_length": json.Number("1500"), "size": fields{"width": json.Number("2"), "height": int32(3)}}, "[image] 1.5 kB, 2×3"},
		{roaming.Image, fields{"file_length": math.NaN(), "size": fields{"width": 1.0}}, "[image]"},
		{roaming.Audio, fields{"length": int64(59), "file_length": uint64(5)}, "[audio] 59s, 5 B"},
		{roaming.Video, fields{"length": 3725.0, "file_length": -1}, "[video] 1:02:05"},
		{roaming.Location, fields{"lat": float32(1.5), "lng": -2}, "[location] (1.5, -2)"},
		{roaming.Command, fields{"action": "go"}, "[command] go"},
		{roaming.Custom, fields{"customEvent": "gift"}, "[custom] gift"},
		{roaming.Combine, fields{"title": "T", "summary": "S"}, "[combined] T, S"},
		{"hologram", nil, "[unknown]"},
	}
	for _, tt := range tests {
		if got := render.Summary(roaming.Message{Kind: tt.kind, Body: tt.body}); got != tt.want {
			t.Errorf("Summary of %s %v = %q, want %q", tt.kind, tt.body, got, tt.want)
		}
	}
	if got := render.Summary(roaming.Message{Kind: roaming.Text, Text: "a\nb"}); got != "a\nb" {
		t.Errorf("Summary of a text = %q", got)
	}
}

func TestTimes(t *testing.T) {
	tests := []struct {
		t    time.Time
		want string
	}{
		{time.Time{}, ""},
		{now.Add(-time.Hour), "19:00"},
		{time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC), "00:00"}, // today in Beijing
		{time.Date(2026, 11, 22, 15, 59, 0, 0, time.UTC), "11-22 23:59"},
		{time.Date(2025, 11, 23, 7, 4, 0, 0, time.UTC), "2025-11-23 15:04"},
		{time.Date(2026, 12, 1, 0, 0, 0, 0, beijing), "12-01 00:00"},
	}
	for _, tt := range tests {
		if got := render.ShortTime(tt.t, now, beijing); got != tt.want {
			t.Errorf("ShortTime(%s) = %q, want %q", tt.t, got, tt.want)
		}
	}
	data := render.Env{Location: beijing, Now: now}
	if got, want := data.Time(now), "2026-11-23T12:00:00.000Z"; got != want {
		t.Errorf("Time in data = %q, want %q", got, want)
	}
}
