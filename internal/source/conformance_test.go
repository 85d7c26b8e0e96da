package source_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// TestConformance: the service, an export, an archive and a backup that have the same
// messages yield the same, in both directions, of a range and of a query.
func TestConformance(t *testing.T) {
	h := cmdtest.New(t)
	at := func(name string) string { return filepath.Join(h.Env["HOME"], name) }
	open := func(from app.From) source.Source {
		t.Helper()
		io, _, _, _ := iostreams.Test()
		a := app.New(io, func(name string) string { return h.Env[name] }, "test")
		a.Global.Sandbox, a.Flags = true, pflag.NewFlagSet("", pflag.ContinueOnError)
		src, err := a.Source(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Close() })
		return src
	}
	want := conformance(t, "live", open(app.From{}))
	if len(want["all"]) != 15 || len(want["range"]) != 4 || len(want["query"]) != 2 || len(want["range and query"]) == 0 {
		t.Fatalf("the demo is not what this test is about: %v", want)
	}
	h.OK("messages", "export", "-u", "alice", "--out", at("export"), "--sandbox", "-q")
	h.OK("archive", "init", "--sandbox", "-q")
	h.OK("archive", "import", at("export"), "--sandbox", "-q")
	h.OK("messages", "clear", "-u", "alice", "--yes", "--backup-dir", at("backups"), "--sandbox", "-q")
	backups, err := filepath.Glob(at("backups/*"))
	if err != nil || len(backups) != 1 {
		t.Fatal(backups, err)
	}
	for name, from := range map[string]app.From{"export": {Export: at("export")}, "archive": {Archive: true}, "backup": {Backup: backups[0]}} {
		if diff := cmp.Diff(want, conformance(t, name, open(from))); diff != "" {
			t.Errorf("%s (-live +%s):\n%s", name, name, diff)
		}
	}
}

// conformance reads alice's chat with carol in every way, and her conversations.
func conformance(t *testing.T, name string, src source.Source) map[string][]string {
	t.Helper()
	got := map[string][]string{}
	ref := roaming.Ref{User: "alice", Conversation: "carol", Type: roaming.Chat}
	var times []time.Time
	for m, err := range src.Messages(t.Context(), ref, source.Query{Direction: roaming.Down}) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		times = append(times, m.Timestamp.Time)
	}
	if len(times) < 10 {
		t.Fatalf("%s: %d messages", name, len(times))
	}
	q, err := query.Parse("text OR 天安门", query.Times{})
	if err != nil {
		t.Fatal(err)
	}
	for what, query := range map[string]source.Query{
		"all": {}, "range": {Since: times[4], Until: times[7]}, "since": {Since: times[4].Add(time.Millisecond)}, "until": {Until: times[4].Add(-time.Millisecond)},
		"query": {Filter: q}, "range and query": {Since: times[5], Filter: q}, "none": {Until: times[0].Add(-time.Hour)},
	} {
		query.Direction = roaming.Down
		down := texts(t, src, ref, query)
		query.Direction = roaming.Up
		up := texts(t, src, ref, query)
		slices.Reverse(up)
		if !slices.Equal(down, up) {
			t.Errorf("%s, %s: newest first is not the reverse of oldest first:\n%s", name, what, cmp.Diff(down, up))
		}
		got[what] = down
	}
	got["nobody"] = texts(t, src, roaming.Ref{User: "alice", Conversation: "nobody", Type: roaming.Chat}, source.Query{})
	for c, err := range src.Conversations(t.Context(), "alice") {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.ID == "carol" || c.ID == "bob" {
			got["conversations"] = append(got["conversations"], fmt.Sprint(c.Type, " ", c.ID))
		}
	}
	for user, err := range src.(source.Lister).Users(t.Context()) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if user == ref.User {
			got["users"] = append(got["users"], user)
		}
	}
	if len(got["users"]) != 1 {
		t.Errorf("%s: %s is %d times among the users", name, ref.User, len(got["users"]))
	}
	stops(t, name, src, ref)
	for g, err := range src.Gaps(t.Context(), ref, source.Query{}) {
		if err != nil || name != "archive" { // no sync has read the app's hours
			t.Errorf("%s: a gap %+v, %v", name, g, err)
		}
	}
	return got
}

// texts returns what a source yields of a conversation.
func texts(t *testing.T, src source.Source, ref roaming.Ref, q source.Query) (all []string) {
	t.Helper()
	for m, err := range src.Messages(t.Context(), ref, q) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(m.ID, " ", m.Timestamp, " ", m.From, " ", m.To, " ", m.Conversation, " ", m.Kind, " ", m.Text, " ", m.State))
	}
	return all
}

// stops: a reader may stop at any message, and a cancelled one gets an error.
func stops(t *testing.T, name string, src source.Source, ref roaming.Ref) {
	t.Helper()
	for _, err := range src.Messages(t.Context(), ref, source.Query{}) {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range src.Messages(ctx, ref, source.Query{}) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("%s: cancelled: %v, want context.Canceled", name, last)
	}
}
