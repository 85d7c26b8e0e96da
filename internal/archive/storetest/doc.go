// Package storetest has the tests that every archive.Store passes. Only tests
// import it.
package storetest

import (
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
)

// Opener opens the store that is kept in a folder, and makes it where there is
// none. The test closes it.
type Opener func(t testing.TB, dir string) archive.Store

// Run runs all tests. rounds is how many stores a property test makes.
func Run(t *testing.T, open Opener, rounds int) {
	t.Helper()
	for _, tt := range []struct {
		name string
		run  func(*testing.T, Opener)
	}{
		{"one row for each message", testOneRow},
		{"messages without an ID", testWithoutID},
		{"everything comes back", testRoundTrip},
		{"IDs of two forms", testReconcile},
		{"revisions", testRevisions},
		{"a reaction or a thread is a revision", testDetails},
		{"order and paging", testOrder},
		{"positions", testPositions},
		{"around", testAround},
		{"search is the scan", func(t *testing.T, open Opener) { testSearchIsScan(t, open, rounds) }},
		{"fields of a query", testFields},
		{"sightings", testSightings},
		{"sightings of an import", testImportedSightings},
		{"conversations of a user", testConversations},
		{"conversation list of a user", testList},
		{"users", testUsers},
		{"sightings of a long history", testLongSightings},
		{"sightings are what a simple model says", func(t *testing.T, open Opener) { testSightingsModel(t, open, rounds) }},
		{"gaps", testGaps},
		{"attachments", testAttachments},
		{"erase", testErase},
		{"erase a user", testEraseUser},
		{"verify and reindex", testVerify},
		{"a batch is all or nothing", testCancelled},
		{"readers beside the writer", testReaders},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, open) })
	}
}
