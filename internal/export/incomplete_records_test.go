package export

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/roaming"
)

// odd changes the messages of a history by the letters of how: n has no ID, N has
// no ID and the same bytes as others, t has no time, r has a number in place of
// one.
func (w *world) odd(ref roaming.Ref, how string) {
	for i := range w.messages[ref] {
		m := &w.messages[ref][i]
		m.Text = fmt.Sprint("text ", i)
		switch how[i] {
		case 'n':
			m.ID, m.Raw = 0, []byte{byte(i)}
		case 'N':
			m.ID, m.Raw = 0, []byte("same")
		case 't':
			m.Timestamp = roaming.Time{}
		case 'r':
			m.Timestamp, m.RawTimestamp = roaming.Time{}, "1763600000000000"
		}
	}
}

// texts returns the texts in an export of one conversation, in order.
func texts(t *testing.T, dir string) (all []string) {
	t.Helper()
	for line := range bytes.Lines([]byte(tree(t, dir)["all.ndjson"])) {
		r, err := DecodeRecord(line)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Text+r.Unreadable)
		if r.RawTimestamp != "" && !r.Timestamp.IsZero() {
			t.Errorf("%s", line)
		}
	}
	return all
}

// Odd messages are exported once, in one run or several, interrupted or not.
func TestOddMessagesAreExported(t *testing.T) {
	ref := chat("alice", "bob")
	for _, how := range []string{
		"..r..t..", "n.......", ".......n", "..nnN.NN", "nnnnnnnn", "NNNNNNNN", "rtrtrtrt", "n.NtN.rN", "NNNNNNN.",
	} {
		for _, spoilt := range []int{0, 3} {
			t.Run(fmt.Sprint(how, spoilt), func(t *testing.T) {
				w := newWorld()
				w.bad[ref] = spoilt
				w.say(ref, len(how)/2)
				w.odd(ref, how)
				o := Options{Template: mustTemplate(t, "all.ndjson", NDJSON), Format: NDJSON}
				dir := t.TempDir()
				want := func() (all []string) {
					for i, m := range w.messages[ref] {
						if w.spoilt(ref, m) {
							all = append(all, "raw "+m.ID.String())
						} else {
							all = append(all, fmt.Sprint("text ", i))
						}
					}
					return all
				}
				for run := range 4 { // the last finds nothing new
					if run == 2 {
						w.say(ref, len(how)-len(how)/2)
						w.odd(ref, how)
					}
					r := newRun(t, w, dir, fmt.Sprint(run), o)
					ctx, cancel := until(t, w, 3)
					_, _ = r.try(ctx, "alice") // it may have been done before
					cancel()
					w.called = nil
					totals, err := r.try(t.Context(), "alice")
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want(), texts(t, dir)); diff != "" {
						t.Fatal(run, diff)
					}
					if n := len(want()); totals.Messages+totals.Unreadable != n || (totals.Unreadable == 0) == slices.ContainsFunc(w.messages[ref], func(m roaming.Message) bool { return w.spoilt(ref, m) }) {
						t.Errorf("run %d: %+v of %d", run, totals, n)
					}
					ok(t, dir)
				}
			})
		}
	}
}

// A record without an ID after a new message is new, even if an earlier export has
// one with the same bytes after its last message.
func TestEqualRecordAfterANewMessage(t *testing.T) {
	ref := chat("alice", "bob")
	w := newWorld()
	o := Options{Template: mustTemplate(t, "all.ndjson", NDJSON), Format: NDJSON}
	dir := t.TempDir()
	w.say(ref, 2)
	w.odd(ref, ".N")
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	w.say(ref, 3)
	w.odd(ref, ".N.nN")
	w.messages[ref] = slices.Delete(w.messages[ref], 1, 2)
	if _, err := newRun(t, w, dir, "two", o).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"text 0", "text 1", "text 2", "text 3", "text 4"}, texts(t, dir)); diff != "" {
		t.Error(diff)
	}
	ok(t, dir)
}
