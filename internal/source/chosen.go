package source

import (
	"context"
	"iter"
	"slices"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// chosen is a source of some messages of a conversation.
type chosen struct {
	Source

	messages []Message
}

// NewChosen returns src with messages of one conversation, oldest first, and no others.
// Its Query chooses only the order. The caller closes src, not what NewChosen returns.
func NewChosen(src Source, messages []Message) Source { return &chosen{src, messages} }

// About implements Source.
func (c *chosen) About() About {
	about := c.Source.About()
	if about.Holds != "" {
		about.Holds += "; of them "
	}
	about.Holds += render.Count(len(c.messages), "chosen message")
	return about
}

// Messages implements Source.
func (c *chosen) Messages(_ context.Context, _ roaming.Ref, q Query) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		all := slices.All(c.messages)
		if q.Direction != roaming.Down {
			all = slices.Backward(c.messages)
		}
		for _, m := range all {
			if !yield(m, nil) {
				return
			}
		}
	}
}

// Gaps implements Source.
func (c *chosen) Gaps(context.Context, roaming.Ref, Query) iter.Seq2[Gap, error] {
	return func(func(Gap, error) bool) {}
}
