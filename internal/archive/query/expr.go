package query

import (
	"slices"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Expr is a part of a query.
type Expr interface {
	match(d *Document) bool
}

// The parts of a query. Terms are normalised.
type (
	// And takes what all of its parts take.
	And []Expr
	// Or takes what any of its parts takes.
	Or []Expr
	// Not takes what its part does not.
	Not struct{ Expr Expr }
	// Text takes messages with a text that the term hits by the rule, or, with
	// Sub, that has the term anywhere.
	Text struct {
		Term string
		Sub  bool
	}
	// File is Text for the names of files.
	File struct{ Term string }
	// From takes what a user sent.
	From struct{ User string }
	// To takes what was sent to a user, a group or a room.
	To struct{ ID string }
	// In takes the messages of a group or room, and of a user's one-to-one chats.
	In struct{ ID string }
	// With takes a user's one-to-one chats, and what the user sent to groups and rooms.
	With struct{ User string }
	// Conversation takes the messages of one conversation, which the language has
	// no field for. IDs are as in Document.
	Conversation struct {
		Type roaming.ChatType
		IDs  []string
	}
	// Kind takes messages of one kind.
	Kind struct{ Kind roaming.Kind }
	// Time takes messages from a time on, inclusive, or before another, or both.
	// It takes none without a time.
	Time struct{ After, Before time.Time }
	// HasAttachment takes messages with an attachment.
	HasAttachment struct{}
)

func (e And) match(d *Document) bool {
	return !slices.ContainsFunc(e, func(part Expr) bool { return !part.match(d) })
}

func (e Or) match(d *Document) bool {
	return slices.ContainsFunc(e, func(part Expr) bool { return part.match(d) })
}

func (e Not) match(d *Document) bool { return !e.Expr.match(d) }

func (e Text) match(d *Document) bool {
	return slices.ContainsFunc(d.Texts, func(text string) bool { return e.Index(text) >= 0 })
}

// Index is where the term first hits a normalised text, in bytes, or -1.
func (e Text) Index(text string) int { return e.indexFrom(text, 0) }

// indexFrom is Index from an offset on.
func (e Text) indexFrom(text string, from int) int {
	if !e.Sub {
		return tokens.IndexFrom(text, e.Term, from)
	}
	if at := strings.Index(text[from:], e.Term); at >= 0 {
		return from + at
	}
	return -1
}

func (e File) match(d *Document) bool {
	return slices.ContainsFunc(d.Files, func(name string) bool { return tokens.Index(name, e.Term) >= 0 })
}

// same compares IDs, which the service keeps in lower case.
func same(a, b string) bool { return strings.ToLower(a) == strings.ToLower(b) } //nolint:gocritic,staticcheck // stores look IDs up by ToLower, and EqualFold equates more

func (e From) match(d *Document) bool { return same(d.From, e.User) }

func (e To) match(d *Document) bool { return same(d.To, e.ID) }

func (e In) match(d *Document) bool {
	return slices.ContainsFunc(d.Conversation, func(id string) bool { return same(id, e.ID) })
}

func (e With) match(d *Document) bool {
	return same(d.From, e.User) || d.ChatType == roaming.Chat && In{e.User}.match(d)
}

func (e Conversation) match(d *Document) bool {
	return d.ChatType == e.Type && slices.EqualFunc(d.Conversation, e.IDs, same)
}

func (e Kind) match(d *Document) bool { return d.Kind == e.Kind }

func (e Time) match(d *Document) bool {
	return !d.Time.IsZero() && !d.Time.Before(e.After) && (e.Before.IsZero() || d.Time.Before(e.Before))
}

func (HasAttachment) match(d *Document) bool { return d.Attachment }
