package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/archive"
)

// viewOf is what a run saw of alice's chat with bob from second a to b.
func viewOf(user string, a, b int, recheck bool, messages ...archive.Message) archive.View {
	v := archive.View{
		User: user, Conversation: archive.ChatOf("alice", "bob"), Recheck: recheck,
		Span: archive.Span{From: at(a).UnixMilli(), To: at(b).UnixMilli()},
	}
	for _, m := range messages {
		v.Keys = append(v.Keys, m.Key)
	}
	return v
}

func withView(b archive.Batch, v ...archive.View) archive.Batch {
	b.Views = v
	return b
}

// sightings are a user's, each as one line.
func sightings(t testing.TB, s archive.Store, user string, states ...archive.SightingState) []string {
	t.Helper()
	all := []string{}
	chat := archive.ChatOf("alice", "bob")
	for _, g := range collect(t, s.Sightings(t.Context(), archive.SightingQuery{User: user, Conversation: &chat, Span: archive.Everything(), States: states})) {
		all = append(all, line(g))
	}
	return all
}

func line(g archive.Sighting) string {
	return fmt.Sprintf("%s %s %s-%s %s", g.Message.ID(), g.State, g.First.ID, g.Last.ID, g.Ended.ID)
}

func wantSightings(t testing.TB, s archive.Store, user string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, sightings(t, s, user)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", user, diff)
	}
}

func testSightings(t *testing.T, open Opener) {
	s := opened(t, open)
	one, two, three := text("1", 1, "一"), text("2", 2, "二"), text("3", 3, "三")
	// The app's history file has three messages; alice's history lacks the second.
	mustImport(t, s, ofRun(1, one, two, three))
	wantSightings(t, s, "alice", []string{}...)
	mustImport(t, s, withView(ofRun(2, read(one), read(three)), viewOf("Alice", 0, 10, false, one, three)))
	wantSightings(t, s, "alice", "1 seen run-002-run-002 ", "2 unseen - ", "3 seen run-002-run-002 ")
	// A view that reads on adds; what is not in it may still be there.
	four := text("4", 20, "四")
	mustImport(t, s, withView(ofRun(3, four), viewOf("alice", 5, 30, false, four)))
	// What came from elsewhere meanwhile says nothing of alice.
	mustImport(t, s, ofRun(4, text("5", 4, "五")))
	wantSightings(t, s, "alice", "1 seen run-002-run-002 ", "2 unseen - ", "3 seen run-002-run-002 ", "5 unread - ", "4 seen run-003-run-003 ")
	// A recheck alone says that something is gone, and what has expired is not gone.
	v := viewOf("alice", 0, 30, true, two, four)
	v.Kept = at(2)
	mustImport(t, s, withView(ofRun(5), v))
	wantSightings(t, s, "alice",
		"1 expired run-002-run-002 run-005", "2 seen run-005-run-005 ", "3 gone run-002-run-002 run-005", "5 unseen - ", "4 seen run-003-run-005 ")
	// Gone stays gone since then, until it is seen again.
	mustImport(t, s, withView(ofRun(6), viewOf("alice", 2, 30, true, two, four)))
	mustImport(t, s, withView(ofRun(7), viewOf("alice", 4, 30, true)))
	wantSightings(t, s, "alice",
		"1 expired run-002-run-002 run-005", "2 seen run-005-run-006 ", "3 gone run-002-run-002 run-005", "5 unseen - ", "4 gone run-003-run-006 run-007")
	if diff := cmp.Diff([]string{"3 gone run-002-run-002 run-005", "4 gone run-003-run-006 run-007"}, sightings(t, s, "alice", archive.Gone)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	mustImport(t, s, withView(ofRun(8), viewOf("alice", 3, 3, false, three)))
	wantSightings(t, s, "bob", []string{}...)
	if got := sightings(t, s, "alice", archive.Seen); len(got) != 2 || got[1] != "3 seen run-002-run-008 " {
		t.Error(got)
	}
	all := collect(t, s.Sightings(t.Context(), archive.SightingQuery{User: "alice", Span: archive.Everything()}))
	if len(all) != 5 {
		t.Error(all)
	}
}

func partial(v archive.View) archive.View {
	v.Partial = true
	return v
}

// An import says what a user saw, not when, and nothing of what it lacks.
func testImportedSightings(t *testing.T, open Opener) {
	s := opened(t, open)
	one, two, three := text("1", 1, "一"), text("2", 2, "二"), text("3", 3, "三")
	mustImport(t, s, ofRun(1, two))
	if got := collect(t, s.Conversations(t.Context(), "alice")); len(got) > 0 {
		t.Error(got)
	}
	mustImport(t, s, withView(ofRun(2, one, three), partial(viewOf("Alice", 1, 3, false, one, three))))
	mustImport(t, s, ofRun(3, text("4", 2, "四")))
	wantSightings(t, s, "alice", "1 seen - ", "2 unread - ", "4 unread - ", "3 seen - ")
	if diff := cmp.Diff([]archive.Conversation{archive.ChatOf("alice", "bob")}, collect(t, s.Conversations(t.Context(), "ALICE"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// A sync that reads the time for the first time says more, but not what is gone.
	mustImport(t, s, withView(ofRun(4), viewOf("alice", 0, 10, false, two, three)))
	wantSightings(t, s, "alice", "1 seen - ", "2 seen run-004-run-004 ", "4 unseen - ", "3 seen run-004-run-004 ")
	mustImport(t, s, withView(ofRun(5), viewOf("alice", 0, 10, true, three)))
	want := []string{"1 gone - run-005", "2 gone run-004-run-004 run-005", "4 unseen - ", "3 seen run-004-run-005 "}
	wantSightings(t, s, "alice", want...)
	// The same import again brings nothing back.
	mustImport(t, s, withView(ofRun(6), partial(viewOf("alice", 1, 3, false, one, three))))
	wantSightings(t, s, "alice", want...)
}

// A history that is cleared is a span, not an exception for each message.
func testLongSightings(t *testing.T, open Opener) {
	s := opened(t, open)
	b := ofRun(1)
	for n := range 300 {
		b.Messages = append(b.Messages, text(fmt.Sprint(n+1), n/2, "一"))
	}
	mustImport(t, s, withView(b, viewOf("alice", 0, 1000, true, b.Messages...)))
	mustImport(t, s, withView(ofRun(2), viewOf("alice", 0, 1000, true, b.Messages[201:]...)))
	for n, g := range sightings(t, s, "alice") {
		want := fmt.Sprintf("%d gone run-001-run-001 run-002", n+1)
		if n >= 201 {
			want = fmt.Sprintf("%d seen run-001-run-002 ", n+1)
		}
		// Two messages share each time, so their order is the store's.
		if g[len(g)-15:] != want[len(want)-15:] && n/2 != 100 {
			t.Errorf("%q, want %q", g, want)
		}
	}
	if got := len(sightings(t, s, "alice", archive.Gone)); got != 201 {
		t.Error(got)
	}
}

// Ranges say the same as a state for each message.
func testSightingsModel(t *testing.T, open Opener, most int) {
	rounds := 0
	rapid.Check(t, func(r *rapid.T) {
		rounds++
		if rounds > most {
			return
		}
		s := open(t, t.TempDir())
		defer s.Close()
		var archived []archive.Message
		model := map[archive.Key]archive.Sighting{}
		var views []archive.Span
		for run := 1; run <= 8; run++ {
			b := ofRun(run)
			for range rapid.IntRange(0, 25).Draw(r, "new") {
				id := fmt.Sprint(len(archived) + 1)
				b.Messages = append(b.Messages, text(id, rapid.IntRange(0, 20).Draw(r, "second"), id))
				archived = append(archived, b.Messages[len(b.Messages)-1])
			}
			if rapid.Bool().Draw(r, "view") {
				v := someView(r, archived)
				b.Views = append(b.Views, pages(v, archived, rapid.IntRange(0, 4).Draw(r, "pages"))...)
				applyView(model, archived, v, b.Run, views)
				if !v.Partial {
					views = append(views, v.Span)
				}
			}
			mustImport(t, s, b)
		}
		for _, g := range collect(t, s.Sightings(t.Context(), archive.SightingQuery{User: "alice", Span: archive.Everything()})) {
			want, ok := model[g.Message]
			if !ok {
				want = archive.Sighting{State: archive.Unread}
			}
			want.User, want.Message = g.User, g.Message
			if g != want {
				r.Fatalf("%s, want %s", line(g), line(want))
			}
		}
	})
}

// someView is a view of a part of the messages.
func someView(r *rapid.T, archived []archive.Message) archive.View {
	from := rapid.IntRange(0, 20).Draw(r, "from")
	v := viewOf("alice", from, rapid.IntRange(from, 20).Draw(r, "to"), rapid.Bool().Draw(r, "recheck"))
	v.Kept = at(rapid.IntRange(0, 10).Draw(r, "kept"))
	v.Partial = !v.Recheck && rapid.Bool().Draw(r, "partial")
	share := rapid.IntRange(0, 10).Draw(r, "share")
	for _, m := range archived {
		if inside(v.Span, m) && rapid.IntRange(0, 9).Draw(r, "seen") < share {
			v.Keys = append(v.Keys, m.Key)
		}
	}
	return v
}

func inside(span archive.Span, m archive.Message) bool {
	ms := m.Time.UnixMilli()
	return span.From <= ms && ms <= span.To
}

// pages cuts a view into views of parts of its span, newest first.
func pages(v archive.View, archived []archive.Message, cuts int) (all []archive.View) {
	rest := v
	for n := cuts; n > 0; n-- {
		page := rest
		page.Span.From = v.Span.From + (v.Span.To-v.Span.From)*int64(n)/int64(cuts+1)/1000*1000
		if page.Span.From > page.Span.To || page.Span.From <= v.Span.From {
			continue
		}
		rest.Span.To = page.Span.From - 1
		all = append(all, page)
	}
	all = append(all, rest)
	for n := range all {
		all[n].Keys = nil
		for _, m := range archived {
			if inside(all[n].Span, m) && slices.Contains(v.Keys, m.Key) {
				all[n].Keys = append(all[n].Keys, m.Key)
			}
		}
	}
	return all
}

// applyView is what a view says, message by message.
func applyView(model map[archive.Key]archive.Sighting, archived []archive.Message, v archive.View, run archive.Run, views []archive.Span) {
	seen := map[archive.Key]bool{}
	for _, k := range v.Keys {
		seen[k] = true
	}
	for _, m := range archived {
		if !inside(v.Span, m) {
			continue
		}
		again := false
		for _, span := range views {
			again = again || inside(span, m)
		}
		g, known := model[m.Key]
		switch {
		case v.Partial && (known || !seen[m.Key]):
			continue
		case v.Partial:
			g.State = archive.Seen
		case seen[m.Key]:
			if again && !v.Recheck && g.State == archive.Seen {
				continue
			}
			if g.First.ID == "" {
				g.First = run
			}
			g.State, g.Last, g.Ended = archive.Seen, run, archive.Run{}
		case again && !v.Recheck, g.State == archive.Seen && !v.Recheck:
			continue
		case !known && m.Time.Before(v.Kept.Time): // it may have been seen and expired
			continue
		case !known:
			g.State = archive.Unseen
		case g.State == archive.Seen:
			g.State, g.Ended = archive.Gone, run
			if m.Time.Before(v.Kept.Time) {
				g.State = archive.Expired
			}
		}
		model[m.Key] = g
	}
}
