package sandbox

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDemo: all that the demo promises is there.
func TestDemo(t *testing.T) {
	w := newWorld(t, Options{})
	w.s = open(t, Options{Now: w.clock.Now})
	if seeded, err := w.s.SeedDemo(t.Context()); err != nil || !seeded {
		t.Fatal(seeded, err)
	}
	if seeded, err := w.s.SeedDemo(t.Context()); err != nil || seeded {
		t.Fatal("seeded twice", seeded, err)
	}
	if n := len(historyIDs(t, w, "alice", "bob@easemob.com")); n < 120 {
		t.Errorf("%d messages with bob: too few for pages to show", n)
	}
	kinds := map[uint64]bool{}
	for _, m := range historyMetas(t, w, "alice", "carol@easemob.com") {
		kinds[field(t, m, 6, 4, 1).(uint64)] = true
	}
	for _, k := range []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 42} {
		if !kinds[k] {
			t.Errorf("no message of content type %d", k)
		}
	}
	if n := len(historyIDs(t, w, "alice", "250000000000201@conference.easemob.com")); n != 60 {
		t.Errorf("%d messages in the room", n)
	}
	var list struct {
		Data struct {
			Infos []struct {
				To     string   `json:"session_to"`
				Unread int      `json:"unread_num"`
				Top    bool     `json:"is_top"`
				Marks  []string `json:"marks"`
			} `json:"channel_infos"`
		} `json:"data"`
	}
	_, body := w.do(t, "GET", "/sdk/user/alice/user_channels/list?limit=50", w.auth(t, "alice"), "")
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, i := range list.Data.Infos {
		order = append(order, i.To)
		if i.To == "bob" && (i.Unread != 3 || len(i.Marks) != 1) || i.To == "zhangwei" && !i.Top {
			t.Errorf("%+v", i)
		}
	}
	want := []string{"bob", "250000000000101", "zhangwei", "noor", "carol", "mallory", "250000000000102", "dave"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
	_, body = w.do(t, "GET", "/sdk/user/dave/user_channels/list?limit=50", w.auth(t, "dave"), "")
	if strings.Contains(string(body), "carol") || len(historyIDs(t, w, "dave", "carol@easemob.com")) != 4 {
		t.Errorf("dave's messages with carol are not kept, off the list: %s", body)
	}
}

// TestDemoTuesday: the demo's Tuesday is the last one before today, in the user's zone.
func TestDemoTuesday(t *testing.T) {
	kiritimati := time.FixedZone("", 14*60*60)
	for _, now := range []string{
		"2026-11-24T12:00:00Z", // a Tuesday
		"2026-11-25T09:59:00Z", // the last minute of a Wednesday in Kiritimati
		"2026-11-30T10:00:00Z", // the first of a Tuesday there
	} {
		for _, zone := range []*time.Location{time.UTC, kiritimati} {
			at, err := time.Parse(time.RFC3339, now)
			if err != nil {
				t.Fatal(err)
			}
			at = at.In(zone)
			tuesday, err := demoTime{Tuesday: "19:02"}.before(at)
			if err != nil {
				t.Fatal(err)
			}
			midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone)
			if age := midnight.Sub(tuesday); tuesday.Format("Mon 15:04") != "Tue 19:02" || age < 0 || age > 7*24*time.Hour {
				t.Errorf("%s: %s", at, tuesday)
			}
		}
	}
}
