package app_test

import (
	"errors"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/app"
)

func TestSelections(t *testing.T) {
	odd := errors.New("odd")
	items := func(yield func(int, error) bool) {
		for i := range 10 {
			var err error
			if i == 8 {
				err = odd
			}
			if !yield(i, err) {
				return
			}
		}
	}
	even := func(i int) bool { return i%2 == 0 }
	collect := func(from iter.Seq2[int, error]) (got []int, bad int) {
		for i, err := range from {
			if err != nil {
				bad++
				continue
			}
			got = append(got, i)
		}
		return got, bad
	}
	for _, c := range []struct {
		limit       int
		first, last []int
		cut         bool
		bad         int // of the first ones: the error comes after the limit
	}{
		{0, []int{0, 2, 4, 6}, []int{0, 2, 4, 6}, false, 1},
		{1, []int{0}, []int{6}, true, 0},
		{3, []int{0, 2, 4}, []int{2, 4, 6}, true, 0},
		{4, []int{0, 2, 4, 6}, []int{0, 2, 4, 6}, false, 1},
		{9, []int{0, 2, 4, 6}, []int{0, 2, 4, 6}, false, 1},
	} {
		s := app.Selection[int]{Keep: even, Limit: c.limit}
		got, bad := collect(s.First(items))
		if diff := cmp.Diff(c.first, got); diff != "" || s.Cut != c.cut || bad != c.bad {
			t.Errorf("first %d: cut %t, %d errors (-want +got):\n%s", c.limit, s.Cut, bad, diff)
		}
		s.Cut = false
		got, bad = collect(s.Last(items))
		if diff := cmp.Diff(c.last, got); diff != "" || s.Cut != c.cut || bad != 1 {
			t.Errorf("last %d: cut %t, %d errors (-want +got):\n%s", c.limit, s.Cut, bad, diff)
		}
	}
}
