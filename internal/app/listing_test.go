package app

import (
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestFailedListingSaysHowToContinue(t *testing.T) {
	home := t.TempDir()
	listing := Listing[string]{
		View: render.View[string]{Columns: []render.Column[string]{
			{Name: "it", Default: true, Cell: func(s string, _ render.Env) string { return s }},
		}},
		More: func(next roaming.Cursor) string { return "--cursor " + string(next) + " continues" },
	}
	failed := errors.New("page 2 is gone")
	open := func() (iter.Seq2[roaming.Page[string], error], error) {
		return func(yield func(roaming.Page[string], error) bool) {
			if yield(roaming.Page[string]{Items: []string{"first"}, Next: "c1"}, nil) {
				yield(roaming.Page[string]{}, failed)
			}
		}, nil
	}
	streams, _, out, errOut := iostreams.Test()
	a := New(streams, func(key string) string { return map[string]string{"HOME": home}[key] }, "test")
	if err := listing.Run(t.Context(), a, open); !errors.Is(err, failed) {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(out.String(), "first") || !strings.Contains(errOut.String(), "--cursor c1 continues") {
		t.Errorf("what came before, or the way on, is missing: %q %q", out, errOut)
	}
}
