package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"

	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	maxRemarks     = 5  // of a kind in one message
	maxRemarkWidth = 40 // columns of each
)

// Remarks are what was done to a message after it was sent, and who sees it, in a few
// words: "[edited by bob 10:15] [👍 2] [to carol]"; "" for most messages. It is not made
// safe for a terminal.
func Remarks(m roaming.Message, showTime func(time.Time) string) string {
	var remarks []string
	add := func(text string) { remarks = append(remarks, "["+text+"]") }
	if e := m.Edited; e != nil {
		text := "edited"
		if e.By != "" {
			text += " by " + shorten(e.By)
		}
		add(strings.TrimSpace(text + " " + showTime(e.At.Time)))
	}
	if len(m.Reactions) > 0 {
		add(few(m.Reactions, reaction))
	}
	if len(m.Thread) > 0 {
		name, _ := m.Thread["thread_name"].(string)
		add(strings.TrimSpace("thread " + shorten(name)))
	}
	if len(m.Recipients) > 0 {
		add("only to " + few(m.Recipients, shorten))
	}
	return strings.Join(remarks, " ")
}

// few joins the first items of a list, and counts the others.
func few[T any](items []T, text func(T) string) string {
	var texts []string
	for _, item := range items[:min(len(items), maxRemarks)] {
		texts = append(texts, text(item))
	}
	if more := len(items) - len(texts); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, ", ")
}

// reaction is a reaction and how many users gave it.
func reaction(item any) string {
	members, _ := item.(map[string]any)
	text, _ := members["reaction"].(string)
	if text == "" {
		return "reaction"
	}
	if n, ok := body(members).number("count"); ok && n > 0 && n < 1e9 {
		return fmt.Sprintf("%s %.0f", shorten(text), n)
	}
	return shorten(text)
}

func shorten(text string) string { return displaywidth.TruncateString(text, maxRemarkWidth, "…") }
