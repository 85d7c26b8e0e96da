package explain_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/explain"
	"github.com/roamctl/roamctl/internal/roaming"
)

func message(id int) roaming.Message {
	return roaming.Message{ID: roaming.MessageID(id), Timestamp: roaming.Millis(int64(1e12) + int64(id)*1000), From: "bob"}
}

// A comparison finds what sets of IDs find, whatever each view lacks, however the pages
// of the two come, and where the order of the service is not that of the IDs.
func TestComparisonIsThatOfSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.IntRange(1, 500), 0, 200, func(i int) int { return i }).Draw(t, "ids")
		var views [2][]int
		var common int
		for _, id := range ids {
			where := rapid.IntRange(1, 3).Draw(t, "where")
			for i := range views {
				if where&(i+1) != 0 {
					views[i] = append(views[i], id)
				}
			}
			if where == 3 {
				common++
			}
		}
		c := explain.NewComparison(explain.View{User: "alice"}, explain.View{User: "bob"})
		at := [2]int{}
		for at[0] < len(views[0]) || at[1] < len(views[1]) {
			i := rapid.IntRange(0, 1).Draw(t, "view")
			for range rapid.IntRange(1, 50).Draw(t, "page") {
				if at[i] < len(views[i]) {
					c.Add(i, message(views[i][at[i]]))
					at[i]++
				}
			}
		}
		c.Finish()
		for i := range views {
			only := len(views[i]) - common
			v := c.Views[i]
			if v.Messages != len(views[i]) || v.Only != only || len(v.OnlyMessages) != min(only, 20) || c.Common != common {
				t.Fatalf("%+v, common %d, want %d only and %d common", v, c.Common, only, common)
			}
			for _, m := range v.OnlyMessages {
				if slices.Contains(views[1-i], int(m.ID)) {
					t.Errorf("%s is in both views", m.ID)
				}
			}
		}
	})
}

// A view that lacks more than is remembered is compared right nevertheless: both are
// read side by side.
func TestComparisonOfLongHistories(t *testing.T) {
	const all, kept = 100_000, 40_000
	c := explain.NewComparison(explain.View{User: "alice"}, explain.View{User: "bob"})
	for id := all; id > 0; id-- {
		c.Add(1, message(id))
		if id <= kept {
			c.Add(0, message(id))
		}
	}
	c.Finish()
	if c.Common != kept || c.Views[0].Only != 0 || c.Views[1].Only != all-kept || c.Views[1].OnlyMessages[0].ID != all {
		t.Errorf("common %d, %+v", c.Common, c.Views[1])
	}
	oldest := message(1).Timestamp
	if c.Views[0].Newest != message(kept).Timestamp || c.Views[0].Oldest != oldest || c.Views[1].Oldest != oldest {
		t.Errorf("%+v", c.Views)
	}
}

// What can't be compared is not said to be lacking.
func TestComparisonOfWhatWasNotRead(t *testing.T) {
	c := explain.NewComparison(explain.View{User: "alice"}, explain.View{User: "bob"})
	for id := 30_000; id > 0; id-- {
		c.Add(0, message(id))
	}
	c.Add(0, roaming.Message{Timestamp: roaming.Millis(time.Now().UnixMilli())})
	c.Views[1].Error = "refused"
	c.Finish()
	if v := c.Views[0]; v.Only != 0 || len(v.OnlyMessages) != 0 || v.Messages != 30_001 || v.WithoutID != 1 {
		t.Errorf("%+v", v)
	}
}
