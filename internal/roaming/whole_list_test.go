package roaming

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"

	"github.com/google/go-cmp/cmp"
)

// restless is a service whose list has pages of two. After the n-th page a conversation
// may move to the top.
type restless struct {
	Service

	list  []string
	moves map[int]string
	pages int
	err   error
}

func (r *restless) Conversations(context.Context, string, ConversationQuery) iter.Seq2[Page[Conversation], error] {
	return func(yield func(Page[Conversation], error) bool) {
		for at := 0; at == 0 || at < len(r.list); at += 2 {
			var page Page[Conversation]
			for _, id := range r.list[at:min(at+2, len(r.list))] {
				page.Items = append(page.Items, Conversation{ID: id, Type: Chat})
			}
			if at == 0 {
				page.Bad = []*ItemError{{Position: 9, Err: errors.New("bad")}}
			}
			r.pages++
			if id, moved := r.moves[r.pages]; moved {
				r.list = slices.Insert(slices.DeleteFunc(r.list, func(s string) bool { return s == id }), 0, id)
			}
			if !yield(page, r.err) {
				return
			}
		}
	}
}

func TestWholeList(t *testing.T) {
	for name, tt := range map[string]struct {
		service restless
		want    []string
		pages   int
	}{
		"empty":                   {restless{}, nil, 1},
		"one page":                {restless{list: []string{"a", "b"}}, []string{"a", "b"}, 1},
		"two pages":               {restless{list: []string{"a", "b", "c"}}, []string{"a", "b", "c"}, 3},
		"one moves past a page":   {restless{list: []string{"a", "b", "c", "d"}, moves: map[int]string{1: "d"}}, []string{"a", "b", "c", "d"}, 5},
		"one moves that was read": {restless{list: []string{"a", "b", "c", "d"}, moves: map[int]string{1: "a"}}, []string{"a", "b", "c", "d"}, 3},
		"a new one":               {restless{list: []string{"a", "b", "c"}, moves: map[int]string{2: "new"}}, []string{"a", "b", "c", "new"}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			bad := 0
			for c, err := range WholeList(t.Context(), &tt.service, "alice", ConversationQuery{}) {
				if IsItemError(err) {
					bad++
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, c.ID)
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if bad != 1 {
				t.Errorf("%d bad items, want 1", bad)
			}
			if tt.service.pages != tt.pages {
				t.Errorf("%d pages were read, want %d", tt.service.pages, tt.pages)
			}
		})
	}
}

func TestWholeListEnds(t *testing.T) {
	broken := errors.New("broken")
	for c, err := range WholeList(t.Context(), &restless{err: broken}, "alice", ConversationQuery{}) {
		if !errors.Is(err, broken) {
			t.Errorf("%v, %v", c, err)
		}
	}
	r := &restless{list: []string{"a", "b", "c"}, moves: map[int]string{}}
	for i := range 1000 {
		r.moves[i+1] = fmt.Sprint("new", i)
	}
	var last error
	for _, err := range WholeList(t.Context(), r, "alice", ConversationQuery{}) {
		last = err
	}
	if !errors.Is(last, ErrRestless) || fault.KindOf(last) != fault.Partial {
		t.Error(last)
	}
	for range WholeList(t.Context(), &restless{list: []string{"a", "b"}}, "alice", ConversationQuery{}) {
		break // yield must not be called again
	}
}
