package sandbox

import (
	"github.com/roamctl/roamctl/internal/sandbox/api"
	"github.com/roamctl/roamctl/internal/sandbox/coverage"
	"github.com/roamctl/roamctl/internal/sandbox/live"
)

// Coverage returns what of the service the sandbox emulates, what it refuses, and
// what is not known: its routes, what devices do, and what is neither.
func Coverage() []coverage.Row {
	rows := append(api.Coverage(), live.Coverage()...)
	for _, out := range []struct {
		what  string
		state coverage.State
		note  string
	}{
		{"conversation list protocol of SDK 5", coverage.Unknown, "its devices get the notices of deletions"},
		{"contacts and block lists", coverage.Refused, "the routes are 404 not_emulated"},
		{"presence", coverage.Refused, "the routes are 404 not_emulated"},
		{"push", coverage.Refused, "the routes are 404 not_emulated; no push is sent"},
		{"creation and administration of groups and rooms", coverage.Refused, "sandbox send and sandbox import create them"},
		{"reactions and threads", coverage.Refused, "messages that have them are kept as they are"},
		{"callbacks", coverage.Refused, "none are sent"},
	} {
		rows = append(rows, coverage.Row{Part: coverage.Other, What: out.what, State: out.state, Note: out.note})
	}
	return rows
}
