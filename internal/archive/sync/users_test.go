package sync

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestUnchangedConversationsCostNoCall(t *testing.T) {
	store, s := opened(t), newService(noon)
	calls, err := s.sync(t, store, noon)
	same(t, "first", []string{"bob down ", "bob down 102-", "bob down 104-", "carol down "}, calls)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "sightings", seen(100, 101, 102, 103, 104, 200), sightings(t, store))

	calls, err = s.sync(t, store, noon.Add(time.Hour))
	same(t, "again", []string(nil), calls)
	if err != nil {
		t.Fatal(err)
	}
	s.say("bob", 105, noon.Add(time.Hour))
	calls, _ = s.sync(t, store, noon.Add(2*time.Hour))
	same(t, "one new", []string{"bob down 104"}, calls)
	same(t, "sightings", seen(100, 101, 102, 103, 104, 105, 200), sightings(t, store))
	same(t, "gaps", []string(nil), gaps(t, store))
}

// Whatever the service answers to a cursor that is gone, what is new comes.
func TestLostCursor(t *testing.T) {
	for name, lost := range map[string]int{"nothing": nothing, "everything": everything, "refuses": refuses} {
		t.Run(name, func(t *testing.T) {
			store, s := opened(t), newService(noon)
			if _, err := s.sync(t, store, noon); err != nil {
				t.Fatal(err)
			}
			s.lost = lost
			s.forget("bob", 104)
			for n := range 3 {
				s.say("bob", 105+n, noon.Add(time.Duration(n)*time.Minute))
			}
			if _, err := s.sync(t, store, noon.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			same(t, "sightings", seen(100, 101, 102, 103, 104, 105, 106, 107, 200), sightings(t, store))
			calls, err := s.sync(t, store, noon.Add(2*time.Hour))
			same(t, "again", []string(nil), calls)
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestRecheck(t *testing.T) {
	store, s := opened(t), newService(noon)
	if _, err := s.sync(t, store, noon); err != nil {
		t.Fatal(err)
	}
	s.forget("bob", 102)
	s.list = []string{"bob"} // carol's conversation went with its last message
	s.forget("carol", 200)
	if _, err := s.sync(t, store, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	same(t, "after a sync", seen(100, 101, 102, 103, 104, 200), sightings(t, store))
	if _, err := s.sync(t, store, noon.Add(2*time.Hour), recheckAll); err != nil {
		t.Fatal(err)
	}
	same(t, "after a recheck", []string{"100 seen", "101 seen", "102 gone", "103 seen", "104 seen", "200 gone"}, sightings(t, store))
	if calls, err := s.sync(t, store, noon.Add(3*time.Hour)); err != nil || len(calls) > 0 {
		t.Errorf("%v, %v", calls, err)
	}
	if n := messages(t, store); n != 6 {
		t.Errorf("%d messages, want 6", n)
	}
}

// A reaction changes no text, and a sync without a recheck does not read it.
func TestRecheckKeepsWhatAReactionReplaced(t *testing.T) {
	store, s := opened(t), newService(noon)
	if _, err := s.sync(t, store, noon); err != nil {
		t.Fatal(err)
	}
	m := &s.histories["bob"][1]
	m.Raw, m.Reactions = []byte("raw with a reaction"), []any{map[string]any{"reaction": "👍"}}
	for n := range 2 {
		if _, err := s.sync(t, store, noon.Add(time.Duration(n+1)*time.Hour), recheckAll); err != nil {
			t.Fatal(err)
		}
		got, err := store.Get(t.Context(), archive.IDKey("101"))
		if err != nil || string(got.Raw) != "raw with a reaction" || got.Revisions != 1 {
			t.Errorf("recheck %d: %s, %d revisions, %v", n+1, got.Raw, got.Revisions, err)
		}
	}
}

func TestRecheckSince(t *testing.T) {
	store, s := opened(t), newService(noon)
	if _, err := s.sync(t, store, noon); err != nil {
		t.Fatal(err)
	}
	s.forget("bob", 101)
	s.forget("bob", 103)
	since := func(x *Users) { x.Recheck, x.Since = true, noon.Add(-98*time.Minute) } // from 102 on
	if _, err := s.sync(t, store, noon.Add(time.Hour), since); err != nil {
		t.Fatal(err)
	}
	same(t, "sightings", []string{"100 seen", "101 seen", "102 seen", "103 gone", "104 seen", "200 seen"}, sightings(t, store))
	if calls, err := s.sync(t, store, noon.Add(2*time.Hour)); err != nil || len(calls) > 0 {
		t.Errorf("%v, %v", calls, err)
	}
}

// A recheck of a part does not stand for what was never read.
func TestRecheckSinceOfWhatWasNeverRead(t *testing.T) {
	store, s := opened(t), newService(noon)
	since := func(x *Users) { x.Recheck, x.Since = true, noon.Add(-98*time.Minute) }
	if _, err := s.sync(t, store, noon, since); err != nil {
		t.Fatal(err)
	}
	if _, err := s.sync(t, store, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	same(t, "sightings", seen(100, 101, 102, 103, 104, 200), sightings(t, store))
}

// What the plan no longer keeps has expired, and is not gone.
func TestExpiredMessagesAreNotGone(t *testing.T) {
	store, s := opened(t), newService(noon)
	if _, err := s.sync(t, store, noon); err != nil {
		t.Fatal(err)
	}
	later := noon.Add(5 * 24 * time.Hour) // of a plan of three days
	s.histories["bob"] = nil
	s.histories["carol"] = nil
	s.say("bob", 105, later.Add(-2*24*time.Hour))
	s.say("bob", 106, later)
	if _, err := s.sync(t, store, later); err != nil {
		t.Fatal(err)
	}
	s.forget("bob", 106)
	if _, err := s.sync(t, store, later.Add(time.Minute), recheckAll); err != nil {
		t.Fatal(err)
	}
	want := []string{"100 expired", "101 expired", "102 expired", "103 expired", "104 expired", "105 seen", "106 gone", "200 expired"}
	same(t, "sightings", want, sightings(t, store))
}

func TestWhatIsRefusedIsAGap(t *testing.T) {
	store, s := opened(t), newService(noon)
	s.refused = map[string]error{"carol": fault.New(fault.Refused, "not carol").WithScope(fault.OneConversation)}
	_, err := s.sync(t, store, noon)
	if fault.KindOf(err) != fault.Partial {
		t.Errorf("%v", err)
	}
	same(t, "gaps", []string{"01 00:00-20 12:00 failed"}, gaps(t, store))
	same(t, "sightings", seen(100, 101, 102, 103, 104), sightings(t, store))
	s.refused = nil
	calls, err := s.sync(t, store, noon.Add(time.Hour))
	same(t, "again", []string{"carol down "}, calls)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "gaps", []string(nil), gaps(t, store))

	s.listErr = fault.New(fault.NotFound, "no list")
	if _, err = s.sync(t, store, noon.Add(2*time.Hour)); !errors.Is(err, s.listErr) {
		t.Error(err)
	}
	same(t, "gaps", []string{"20 13:00-20 14:00 failed"}, gaps(t, store))
	s.listErr = nil
	if _, err = s.sync(t, store, noon.Add(3*time.Hour)); err != nil {
		t.Error(err)
	}
	same(t, "gaps", []string(nil), gaps(t, store))
}

func TestUnreadableItems(t *testing.T) {
	store, s := opened(t), newService(noon)
	s.bad = map[roaming.MessageID]int{101: 1, 103: 2} // 101 can be read the second time
	var bad []string
	_, err := s.sync(t, store, noon, func(x *Users) { x.OnUnreadable = func(ref roaming.Ref, _ error) { bad = append(bad, ref.String()) } })
	if err != nil {
		t.Fatal(err)
	}
	same(t, "unreadable", []string{"alice's chat with bob"}, bad)
	if n := messages(t, store); n != 6 { // five, and one as it came
		t.Errorf("%d messages", n)
	}
}

// An interrupted sync continues after the last page that it read.
func TestInterruptedSyncContinues(t *testing.T) {
	store, s := opened(t), newService(noon)
	ctx, cancel := context.WithCancel(t.Context())
	s.stop = func(calls int) {
		if calls == 3 {
			cancel()
		}
	}
	x := &Users{Store: store, Service: s, Run: archive.Run{ID: "r"}, Now: noon}
	if _, _, err := x.Do(ctx, "alice"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	same(t, "sightings", seen(100, 101, 102, 103), sightings(t, store))
	same(t, "gaps", []string{"01 00:00-20 12:00 failed"}, gaps(t, store))
	s.stop = nil
	calls, err := s.sync(t, store, noon)
	same(t, "calls", []string{"bob down 103", "carol down "}, calls)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "sightings", seen(100, 101, 102, 103, 104, 200), sightings(t, store))
	same(t, "gaps", []string(nil), gaps(t, store))

	// So does one that the network cut off.
	s.say("bob", 105, noon.Add(time.Minute))
	s.refused = map[string]error{"bob": fault.New(fault.Network, "cut off")}
	if _, err := s.sync(t, store, noon.Add(time.Hour)); !errors.Is(err, s.refused["bob"]) {
		t.Error(err)
	}
	same(t, "gaps", []string{"20 12:00-20 13:00 failed"}, gaps(t, store))
	s.refused = nil
	if _, err := s.sync(t, store, noon.Add(2*time.Hour)); err != nil {
		t.Error(err)
	}
	same(t, "gaps", []string(nil), gaps(t, store))
}

func TestAnErrorOfTheArchiveEndsTheRun(t *testing.T) {
	store := &failing{Store: opened(t)}
	if _, err := newService(noon).sync(t, store, noon); !errors.Is(err, errDisk) {
		t.Error(err)
	}
}
