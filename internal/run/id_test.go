package run

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestIDsSortByTimeAndSequence(t *testing.T) {
	at := time.Date(2026, 11, 23, 23, 59, 59, 999999999, time.UTC)
	for name, c := range map[string]struct {
		now        time.Time
		last, want string
	}{
		"the first":            {at.Add(-999999999), "", "20261123T235959-000000"},
		"half a second later":  {at.Add(-499999999), "20261123T235959-000000", "20261123T235959-800000"},
		"the same instant":     {at.Add(-499999999), "20261123T235959-800000", "20261123T235959-800001"},
		"the clock went back":  {at.Add(-time.Hour), "20261123T235959-00000f", "20261123T235959-000010"},
		"the second is full":   {at, "20261123T235959-ffffff", "20261124T000000-000000"},
		"the last is no time":  {at, "99999999T999999-ffffff", "20261123T235959-ffffff"},
		"another zone's clock": {at.In(time.FixedZone("", 8*3600)), "", "20261123T235959-ffffff"},
	} {
		if got := newID(c.now, c.last); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		last := newID(time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")), "")
		next := newID(time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")), last)
		if next <= last {
			t.Errorf("%s follows %s", next, last)
		}
	})
}

// Runs that begin in the same instant, or after the clock was set back, are
// listed in the order in which they began.
func TestTheLatestRunIsFirst(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 30, 11, 0, time.UTC)
	s := newStore(t)
	s.now = func() time.Time { return at }
	var want []string
	for i := range 7 {
		if i == 5 {
			at = at.Add(-time.Hour)
		}
		want = append(want, start(t, s).ID())
	}
	slices.Reverse(want)
	var got []string
	for info, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info.ID)
	}
	same(t, want, got)
}

func TestUnpreparedRunIsDiscarded(t *testing.T) {
	s := newStore(t)
	boom := errors.New("boom")
	var dir string
	_, err := s.Begin(t.Context(), bob, func(r *Run) (any, error) {
		dir = r.Dir()
		for info, err := range s.List(t.Context()) {
			t.Errorf("it is listed before it began: %v, %v", info, err)
		}
		return nil, boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its folder is left behind: %v", err)
	}
}
