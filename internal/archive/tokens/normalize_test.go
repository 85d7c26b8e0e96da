package tokens

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNormalizeIsTheSameEitherWay(t *testing.T) {
	for r := range rune(0x20000) {
		for _, s := range []string{string(r), "か" + string(r) + "\u3099e"} {
			if got, want := Normalize(s), normalizeAny(s); got != want {
				t.Fatalf("%q: %q, want %q", s, got, want)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got, want := Normalize(s), normalizeAny(s); got != want {
			t.Fatalf("%q: %q, want %q", s, got, want)
		}
	})
}

func BenchmarkNormalize(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Normalize("老師,媽咪話想買盒月餅比你，你要傳統定冰皮?")
	}
}

func BenchmarkTokens(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 0, 1000)
	for b.Loop() {
		buf = AppendJoined(buf[:0], "老師,媽咪話想買盒月餅比你,你要傳統定冰皮? ok i will call you later")
	}
}
