package render

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Summary is a message in a few words: the exact text of a text message (of
// any length, line breaks included), else a description such as
// "[image] cat.png, 120 kB, 640×480". It is not made safe for a terminal.
func Summary(m roaming.Message) string {
	b := body(m.Body)
	switch m.Kind {
	case roaming.Text:
		return m.Text
	case roaming.Image:
		return describe("image", b.text("filename"), b.size(), b.dimensions())
	case roaming.Audio:
		return describe("audio", b.text("filename"), b.length(), b.size())
	case roaming.Video:
		return describe("video", b.text("filename"), b.length(), b.size(), b.dimensions())
	case roaming.File:
		return describe("file", b.text("filename"), b.size())
	case roaming.Location:
		return describe("location", b.text("addr"), b.position())
	case roaming.Command:
		return describe("command", b.text("action"))
	case roaming.Custom:
		return describe("custom", b.text("customEvent"))
	case roaming.Combine:
		return describe("combined", b.text("title"), b.text("summary"))
	default:
		return describe(string(roaming.Unknown), m.Text)
	}
}

// Summarized is a value with JSON that has the members of item, which shows m, and
// after them "summary", m in a few words.
func Summarized(item any, m roaming.Message) any { return summarized{item, m} }

type summarized struct {
	item    any
	message roaming.Message
}

// MarshalJSON implements json.Marshaler.
func (s summarized) MarshalJSON() ([]byte, error) {
	b, err := encodeJSON(s.item, "", "")
	if err != nil {
		return nil, err
	}
	summary, err := encodeJSON(Summary(s.message), "", "")
	if err != nil {
		return nil, err
	}
	b = append(b[:len(b)-1], `,"summary":`...)
	return append(append(b, summary...), '}'), nil
}

// describe puts what is known of a message after its kind.
func describe(kind string, details ...string) string {
	known := make([]string, 0, len(details))
	for _, d := range details {
		if d != "" {
			known = append(known, d)
		}
	}
	return strings.TrimRight("["+kind+"] "+strings.Join(known, ", "), " ")
}

// body reads a message's body, in which a client may have written anything.
type body map[string]any

func (b body) text(key string) string {
	s, _ := b[key].(string)
	return s
}

func (b body) number(key string) (float64, bool) {
	switch n := b[key].(type) {
	case float64:
		return n, !math.IsNaN(n) && !math.IsInf(n, 0)
	case float32:
		return float64(n), true
	case int:
		return float64(n), true
	case int32:
		return float64(n), true
	case int64:
		return float64(n), true
	case uint64:
		return float64(n), true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	default:
		return 0, false
	}
}

func (b body) size() string {
	n, ok := b.number("file_length")
	if !ok || n <= 0 || n > math.MaxInt64/2 {
		return ""
	}
	return humanize.Bytes(uint64(n))
}

// length is seconds as 12s or 1:05.
func (b body) length() string {
	n, ok := b.number("length")
	if !ok || n <= 0 || n > 1e6 {
		return ""
	}
	d := time.Duration(n) * time.Second
	if d < time.Minute {
		return d.String()
	}
	if d < time.Hour {
		return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

func (b body) dimensions() string {
	size, _ := b["size"].(map[string]any)
	w, okW := body(size).number("width")
	h, okH := body(size).number("height")
	if !okW || !okH || w <= 0 || h <= 0 {
		return ""
	}
	return fmt.Sprintf("%.0f×%.0f", w, h)
}

func (b body) position() string {
	lat, okLat := b.number("lat")
	lng, okLng := b.number("lng")
	if !okLat || !okLng {
		return ""
	}
	return fmt.Sprintf("(%.6g, %.6g)", lat, lng)
}
