package export

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

var templates = []string{DefaultTemplate, "{user}.ndjson", "all.ndjson.zst"}

func notFound(ref roaming.Ref) error {
	return fault.New(fault.NotFound, "reading %s: gone (404)", ref).WithScope(fault.OneConversation)
}

// A refused conversation does not keep the others from being exported. The error
// names it, and every export requests it again.
func TestOneRefusedConversation(t *testing.T) {
	for _, template := range templates {
		t.Run(template, func(t *testing.T) {
			w, dir := newWorld(), t.TempDir()
			gone := group("alice", "1")
			for _, ref := range []roaming.Ref{gone, chat("alice", "a"), chat("alice", "b"), group("alice", "2"), chat("bob", "alice")} {
				w.say(ref, 12)
			}
			w.broken[gone] = notFound(gone)
			o := Options{Template: mustTemplate(t, template, NDJSON), Format: NDJSON}
			for i, more := range []int{0, 3} {
				w.say(chat("alice", "a"), more)
				r := newRun(t, w, dir, []string{"one", "two"}[i], o)
				calls := w.calls
				totals, err := r.try(t.Context(), "alice", "bob")
				if err != nil || totals.Refused != 1 || totals.Conversations != 5 || totals.Messages != 48+more {
					t.Errorf("%+v, %v", totals, err)
				}
				if n := w.calls - calls; i == 1 && n > 2+5+1 {
					t.Errorf("%d calls to add 3 messages of one conversation", n)
				}
				want := w.want(time.Time{}, "alice", "bob")
				delete(want, gone)
				if diff := cmp.Diff(want, records(t, dir)); diff != "" {
					t.Error(diff)
				}
				failed := r.failed["alice"]
				if len(r.failed) != 1 || failed.Kind != fault.Partial || failed.Error != "the service refused 1 of alice's 4 conversations: reading alice's history of group 1: gone (404)" {
					t.Errorf("%+v", r.failed)
				}
				if failed.Conversations != 3 || failed.Messages != []int{36, 3}[i] || !cmp.Equal(r.refused, []string{"1"}) {
					t.Errorf("%+v, %v", failed, r.refused)
				}
				v, err := Verify(t.Context(), dir, nil)
				if diff := cmp.Diff([]Refusal{{gone, "reading alice's history of group 1: gone (404)"}}, v.Incomplete); diff != "" || err != nil || v.Refused != 1 {
					t.Error(diff, v.Damaged, err)
				}
			}
			w.broken = nil
			r := newRun(t, w, dir, "three", o)
			totals, err := r.try(t.Context(), "alice", "bob")
			if err != nil || totals.Refused != 0 || totals.Messages != 63 || len(r.failed) != 0 {
				t.Errorf("%+v, %v, %v", totals, r.failed, err)
			}
			if diff := cmp.Diff(w.want(time.Time{}, "alice", "bob"), records(t, dir)); diff != "" {
				t.Error(diff)
			}
			ok(t, dir)
		})
	}
}

// An export keeps what it read before the service refused the rest of a
// conversation, and a resumed run or the next export continues there.
func TestConversationRefusedHalfWay(t *testing.T) {
	for _, template := range templates {
		t.Run(template, func(t *testing.T) {
			w, dir := newWorld(), t.TempDir()
			ref := chat("alice", "bob")
			w.say(ref, 40)
			w.say(chat("alice", "carol"), 40)
			w.limit = map[roaming.Ref]int{ref: 23}
			w.broken[ref] = notFound(ref)
			r := newRun(t, w, dir, "one", Options{Template: mustTemplate(t, template, NDJSON), Format: NDJSON})
			totals, err := r.try(t.Context(), "alice")
			if err != nil || totals.Messages != 65 || totals.Refused != 1 {
				t.Errorf("%+v, %v", totals, err)
			}
			v, err := Verify(t.Context(), dir, nil)
			if err != nil || len(v.Incomplete) != 1 {
				t.Error(v, err)
			}
			w.broken = nil
			if totals, err := r.try(t.Context(), "alice"); err != nil || totals.Messages != 80 || totals.Refused != 0 {
				t.Errorf("%+v, %v", totals, err)
			}
			if diff := cmp.Diff(w.want(time.Time{}, "alice"), records(t, dir)); diff != "" {
				t.Error(diff)
			}
			ok(t, dir)
		})
	}
}

// A run that is killed after a conversation was refused requests it again.
func TestRefusedConversationAfterAKill(t *testing.T) {
	for _, template := range templates {
		w, dir := newWorld(), t.TempDir()
		gone := chat("alice", "a")
		w.say(gone, 12)
		w.say(chat("alice", "b"), 40)
		w.broken[gone] = notFound(gone)
		r := newRun(t, w, dir, "one", Options{Template: mustTemplate(t, template, NDJSON), Format: NDJSON})
		r.callers = 1
		ctx, cancel := until(t, w, 6)
		if _, err := r.try(ctx, "alice"); !errors.Is(err, ctx.Err()) || err == nil {
			t.Fatal(err)
		}
		cancel()
		w.called, w.broken = nil, nil
		totals, err := r.try(t.Context(), "alice")
		if err != nil || totals.Messages != 52 || totals.Refused != 0 || len(r.failed) != 0 {
			t.Errorf("%s: %+v, %v, %v", template, totals, r.failed, err)
		}
		ok(t, dir)
	}
}

// If every conversation is refused, or the one to export, the user fails with the
// service's reason.
func TestEveryConversationRefused(t *testing.T) {
	w := newWorld()
	for _, ref := range []roaming.Ref{chat("alice", "a"), chat("alice", "b")} {
		w.say(ref, 12)
		w.broken[ref] = notFound(ref)
	}
	o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON}
	r := newRun(t, w, t.TempDir(), "one", o)
	if totals, err := r.try(t.Context(), "alice"); err != nil || totals.Refused != 2 || r.failed["alice"].Kind != fault.NotFound {
		t.Errorf("%+v, %+v, %v", totals, r.failed, err)
	}
	o.Only = &ConversationFilter{"a", roaming.Chat}
	r = newRun(t, w, t.TempDir(), "one", o)
	if totals, err := r.try(t.Context(), "alice"); err != nil || totals.Refused != 1 || r.failed["alice"].Error != "reading alice's chat with a: gone (404)" {
		t.Errorf("%+v, %+v, %v", totals, r.failed, err)
	}
}

// Unreadable entries of a list are reported, and count as refused conversations do.
func TestUnreadableListEntries(t *testing.T) {
	w := newWorld()
	w.say(chat("alice", "a"), 3)
	w.say(chat("alice", "b"), 3)
	w.torn = 2
	r := newRun(t, w, t.TempDir(), "one", Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON})
	if totals, err := r.try(t.Context(), "alice"); err != nil || totals.Messages != 6 || r.failed["alice"].Error != "cannot read 2 entries of alice's conversation list; the other conversations were exported" {
		t.Errorf("%+v, %v, %v", totals, err, r.failed)
	}
	w.broken[chat("alice", "a")] = notFound(chat("alice", "a"))
	w.broken[chat("alice", "b")] = notFound(chat("alice", "b"))
	if totals, err := r.try(t.Context(), "alice"); err != nil || totals.Refused != 2 || !strings.HasPrefix(r.failed["alice"].Error, "the service refused 2 of alice's 4 conversations: ") {
		t.Errorf("%+v, %v, %v", totals, err, r.failed)
	}
}

// A group that is named as a chat is not found. The type is not checked if there
// are messages, old or new, or a refusal.
func TestConversationOfAnotherType(t *testing.T) {
	for name, tt := range map[string]struct {
		older, news int
		refused     bool
		kind        fault.Kind
	}{
		"empty":   {0, 0, false, fault.NotFound},
		"it has":  {0, 3, false, ""},
		"had":     {3, 0, false, ""},
		"refused": {0, 0, true, fault.Auth},
	} {
		w, dir := newWorld(), t.TempDir()
		w.say(group("alice", "42"), 3)
		ref := chat("alice", "42")
		w.say(ref, tt.older)
		o := Options{Template: mustTemplate(t, DefaultTemplate, NDJSON), Format: NDJSON, Only: &ConversationFilter{"42", roaming.Chat}}
		if tt.older > 0 {
			if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
				t.Fatal(err)
			}
		}
		w.say(ref, tt.news)
		if tt.refused {
			w.broken[ref] = fault.New(fault.Auth, "403").WithScope(fault.OneConversation)
		}
		r := newRun(t, w, dir, "two", o)
		if _, err := r.try(t.Context(), "alice"); err != nil || r.failed["alice"].Kind != tt.kind {
			t.Errorf("%s: %v, %v", name, err, r.failed)
		}
	}
}
