package roaming

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// String and MarshalJSON assemble a time from parts. The bytes are those of the layout.
func TestTimesMatchTheLayout(t *testing.T) {
	const layout = "2006-01-02T15:04:05.000Z07:00"
	const year20000 = 568_971_820_800
	rapid.Check(t, func(t *rapid.T) {
		offset := rapid.IntRange(-14*3600, 14*3600).Draw(t, "offset")
		seconds := rapid.Int64Range(-year20000, year20000).Draw(t, "seconds")
		at := Time{time.Unix(seconds, rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).In(time.FixedZone("", offset))}
		if at.IsZero() {
			return
		}
		want := at.UTC().Format(layout)
		if got := at.String(); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		if got, err := json.Marshal(at); err != nil || string(got) != `"`+want+`"` {
			t.Fatalf("got %s, %v, want %s", got, err, want)
		}
	})
}

func TestIDsAreStrings(t *testing.T) {
	for id, want := range map[MessageID]string{0: "", 7: "7", 1<<64 - 1: "18446744073709551615"} {
		text, err := id.MarshalText()
		if err != nil || text == nil || string(text) != want || id.String() != want {
			t.Errorf("%d: %q, %v, %q", uint64(id), text, err, id)
		}
	}
}
