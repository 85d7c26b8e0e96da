package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// noon is the service's time in tests, and day the first moment of its day.
var (
	day  = time.Date(2025, 11, 20, 0, 0, 0, 0, time.UTC)
	noon = day.Add(12 * time.Hour)
)

// app is a fake of the service: files by the hour. An hour that is not in it has no
// messages.
type app struct {
	files map[time.Time]string
	errs  map[time.Time]error
	shift time.Duration // of the zone in which it names hours
	asked []string
}

func (a *app) HistoryFileName(hour time.Time) (string, error) {
	return hour.UTC().Format("2006010215"), nil
}

func (a *app) HistoryFile(_ context.Context, hour time.Time, _ string, read func(io.Reader) error) error {
	a.asked = append(a.asked, hour.Format("02 15"))
	hour = hour.Add(a.shift)
	if err := a.errs[hour]; err != nil {
		return err
	}
	text, ok := a.files[hour]
	if !ok {
		return fault.Wrap(fault.NotFound, roaming.ErrNoMessages, "no file")
	}
	return read(strings.NewReader(text))
}

// calls returns the hours that were asked for, and forgets them.
func (a *app) calls() []string {
	defer func() { a.asked = nil }()
	return a.asked
}

// record is a line of a file.
func record(id int, at time.Time, text string) string {
	return fmt.Sprintf(`{"msg_id":"%d","timestamp":%d,"from":"alice","to":"bob","chat_type":"chat",`+
		`"payload":{"bodies":[{"type":"txt","msg":%q}],"ext":{},"from":"alice","to":"bob"}}`+"\n", id, at.UnixMilli(), text)
}

func opened(t *testing.T) archive.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// sync syncs once, and returns each hour that was asked for with its state.
func (a *app) sync(t *testing.T, s archive.Store, now, since time.Time) (hours []string, err error) {
	t.Helper()
	h := Hours{
		Store: s, Files: a, Run: archive.Run{ID: "run " + now.Format(time.RFC3339), Started: roaming.Millis(now.UnixMilli())}, Now: now, Since: since,
		OnHour: func(h Hour) {
			text := fmt.Sprintf("%s %s +%d", h.Start.Format("02 15"), h.State, h.Added)
			if h.Unreadable > 0 {
				text += fmt.Sprintf(" bad %d", h.Unreadable)
			}
			hours = append(hours, text)
		},
	}
	err = h.Sync(t.Context())
	return hours, err
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// gaps lists the app's gaps.
func gaps(t *testing.T, s archive.Store) (all []string) {
	t.Helper()
	for g, err := range s.Gaps(t.Context(), archive.GapQuery{Span: archive.Everything()}) {
		if err != nil {
			t.Fatal(err)
		}
		at := func(ms int64) string { return time.UnixMilli(ms).UTC().Format("02 15:04") }
		all = append(all, fmt.Sprintf("%s-%s %s", at(g.Span.From), at(g.Span.To), g.State))
	}
	return all
}

func messages(t *testing.T, s archive.Store) int {
	t.Helper()
	stats, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(stats.Messages)
}

func TestYoungHoursAreFetchedAgain(t *testing.T) {
	s := opened(t)
	ten := day.Add(10 * time.Hour)
	a := &app{files: map[time.Time]string{ten: record(1, ten, "a")}}
	since := day.Add(9 * time.Hour)
	hours, err := a.sync(t, s, noon, since)
	same(t, "first", []string{"20 09 young +0", "20 10 young +1", "20 11 young +0"}, hours)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "young hours", []string{"20 09:00-20 11:59 young"}, gaps(t, s))

	a.files[ten] += record(2, ten, "b")
	hours, _ = a.sync(t, s, noon.Add(5*time.Hour), since)
	same(t, "within 6 h", []string{"20 12 young +0", "20 13 young +0", "20 14 young +0", "20 15 young +0", "20 16 young +0"}, hours)
	hours, _ = a.sync(t, s, noon.Add(6*time.Hour), since)
	same(t, "after 6 h", []string{"20 09 young +0", "20 10 young +1", "20 11 young +0", "20 17 young +0"}, hours)

	// 35 hours after the day's beginning 10:00 to 11:00 is final, 11:00 to 12:00 is not.
	a.calls()
	hours, _ = a.sync(t, s, day.Add(35*time.Hour), since)
	same(t, "final", []string{"20 09 complete +0", "20 10 complete +0", "20 11 young +0"}, hours[:3])
	a.calls()
	_, err = a.sync(t, s, day.Add(35*time.Hour), since)
	same(t, "nothing new", []string(nil), a.calls())
	if err != nil || messages(t, s) != 2 {
		t.Errorf("%d messages, %v", messages(t, s), err)
	}
}

func TestHoursWithoutSince(t *testing.T) {
	s, a := opened(t), &app{}
	if _, err := a.sync(t, s, noon, time.Time{}); err != nil {
		t.Fatal(err)
	}
	asked := a.calls()
	if len(asked) != 71 || asked[0] != "17 13" || asked[70] != "20 11" {
		t.Errorf("%d hours: %v", len(asked), asked)
	}
	same(t, "gaps", []string{"19 12:00-20 11:59 young"}, gaps(t, s))

	// Nobody syncs for five days.
	hours, err := a.sync(t, s, noon.Add(5*24*time.Hour), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "lost", "19 12 expired +0 20 12 expired +0 22 12 expired +0 22 13 complete +0", strings.Join([]string{hours[0], hours[24], hours[72], hours[73]}, " "))
	all := gaps(t, s)
	same(t, "last gap", "24 12:00-25 11:59 young", all[len(all)-1])
	same(t, "lost hours", []string{"20 12:00-22 12:59 expired"}, all[len(all)-2:len(all)-1])
}

func TestFailedHours(t *testing.T) {
	s := opened(t)
	hour := func(n int) time.Time { return day.Add(time.Duration(n) * time.Hour) }
	now := day.Add(10 * 24 * time.Hour)
	refused := fault.New(fault.Refused, "no")
	a := &app{
		files: map[time.Time]string{
			hour(0): record(1, hour(0), "a") + "{\n" + record(2, hour(0), "b"),
			hour(3): "\x1f\x8bgarbage and more",
			hour(4): record(4, hour(4), "d"),
		},
		errs: map[time.Time]error{hour(1): fault.Wrap(fault.Refused, roaming.ErrNotStored, "400"), hour(2): refused},
	}
	var bad []string
	h := Hours{
		Store: s, Files: a, Run: archive.Run{ID: "r"}, Now: now, Since: day, Until: hour(4).Add(time.Minute),
		OnBadLine: func(file string, err error) { bad = append(bad, file+": "+err.Error()) },
	}
	var hours []string
	h.OnHour = func(h Hour) { hours = append(hours, fmt.Sprintf("%s %s %v", h.Start.Format("15"), h.State, h.Err)) }
	if err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "hours", []string{
		"00 failed 1 lines of 2025112000 can't be read", "01 expired 400: the service does not keep that hour", "02 failed no",
		"03 failed unreadable from line 1 on: gzip: invalid header", "04 complete <nil>",
	}, hours)
	same(t, "lines", []string{"2025112000: line 2: not a history record: invalid JSON"}, bad)
	same(t, "calls", []string{"20 00", "20 01", "20 02", "20 03", "20 03", "20 04"}, a.calls())
	same(t, "gaps", []string{"20 00:00-20 00:59 failed", "20 01:00-20 01:59 expired", "20 02:00-20 02:59 failed", "20 03:00-20 03:59 failed"}, gaps(t, s))
	if n := messages(t, s); n != 3 {
		t.Errorf("%d messages, want 3", n)
	}

	// Failures are fetched again; a file with an unreadable line rests.
	delete(a.errs, hour(2))
	a.files[hour(3)] = record(3, hour(3), "c")
	if err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "calls", []string{"20 01", "20 02", "20 03"}, a.calls())
	same(t, "gaps", []string{"20 00:00-20 00:59 failed", "20 01:00-20 01:59 expired"}, gaps(t, s))
}

func TestErrorsOfAllHoursEndASync(t *testing.T) {
	for kind, want := range map[fault.Kind]int{fault.Network: 3, fault.Auth: 1} {
		s := opened(t)
		a := &app{errs: map[time.Time]error{}}
		for n := range 24 {
			a.errs[day.Add(time.Duration(n)*time.Hour)] = fault.New(kind, "broken")
		}
		_, err := a.sync(t, s, noon, day)
		if fault.KindOf(err) != kind || len(a.asked) != want {
			t.Errorf("%s: %v after %d calls, want %d", kind, err, len(a.asked), want)
		}
	}
}

func TestWrongZoneIsNoticed(t *testing.T) {
	for shift, right := range map[time.Duration]string{-8 * time.Hour: "Beijing", 8 * time.Hour: "UTC"} {
		s := opened(t)
		two := day.Add(2 * time.Hour)
		a := &app{shift: shift, files: map[time.Time]string{two.Add(shift): record(1, two.Add(shift), "a") + record(2, two.Add(shift), "b")}}
		_, err := a.sync(t, s, day.Add(48*time.Hour), day)
		if fault.ExitCode(err) != 3 || !strings.Contains(fault.HintOf(err), "history_files_zone "+right) {
			t.Errorf("%s: %v: %s", shift, err, fault.HintOf(err))
		}
		same(t, "calls", []string{"20 00", "20 01", "20 02"}, a.calls())
		for f := range s.Fetches(t.Context(), archive.Subject{}, archive.Everything()) {
			t.Errorf("%s: an hour counts as fetched: %+v", shift, f)
		}
		if n := messages(t, s); n != 2 {
			t.Errorf("%d messages, want 2", n)
		}
	}
}

// A few messages of other times say nothing of the zone.
func TestMessagesOfOtherTimes(t *testing.T) {
	s := opened(t)
	a := &app{files: map[time.Time]string{day: record(1, day, "a") + record(2, day.Add(-time.Second), "b") + record(3, day.Add(-8*time.Hour), "c")}}
	hours, err := a.sync(t, s, day.Add(26*time.Hour), day)
	if err != nil || hours[0] != "20 00 complete +3" {
		t.Errorf("%v, %v", hours, err)
	}
}

// failing is a store that refuses a batch.
type failing struct {
	archive.Store
	left int
}

var errDisk = errors.New("disk full")

func (f *failing) Import(ctx context.Context, b archive.Batch) (archive.Result, error) {
	f.left--
	if f.left < 0 {
		return archive.Result{}, errDisk
	}
	return f.Store.Import(ctx, b)
}

func TestAnErrorOfTheArchiveEndsASync(t *testing.T) {
	var text strings.Builder
	for n := range 3 * batchSize {
		text.WriteString(record(n+1, day, "a"))
	}
	s := &failing{Store: opened(t), left: 1}
	a := &app{files: map[time.Time]string{day: text.String()}}
	if _, err := a.sync(t, s, day.Add(26*time.Hour), day); !errors.Is(err, errDisk) || len(a.asked) != 1 {
		t.Errorf("%v after %v", err, a.asked)
	}
	s.left = 100
	hours, err := a.sync(t, s, day.Add(26*time.Hour), day)
	if want := fmt.Sprintf("20 00 complete +%d", 2*batchSize); err != nil || hours[0] != want || messages(t, s) != 3*batchSize {
		t.Errorf("%v, %v, want %s", hours, err, want)
	}
}
