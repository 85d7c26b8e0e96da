package render_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with testdata/NAME.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		check(t, os.MkdirAll("testdata", 0o755))
		check(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	check(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// list renders items, so many a page, which a terminal shows at once.
func list[T any](t tester, o render.Options, v render.View[T], width, perPage int, items ...T) string {
	t.Helper()
	s, _, out, _ := iostreams.Test()
	if width > 0 {
		s.SetTTY(false, true, true)
		s.SetWidth(width)
		check(t, s.SetColor("never"))
	}
	l, err := render.NewList(s, o, v)
	check(t, err)
	for page := range slices.Chunk(items, perPage) {
		check(t, l.Write(page...))
		if width > 0 {
			check(t, l.Flush())
		}
	}
	check(t, l.Close("c2"))
	return out.String()
}

func TestMessages(t *testing.T) {
	for _, f := range render.Formats() {
		t.Run(string(f), func(t *testing.T) {
			golden(t, "messages-pipe."+string(f), list(t, options(f), messageView(), 0, 6, samples()...))
			golden(t, "messages-80."+string(f), list(t, options(f), messageView(), 80, 6, samples()...))
		})
	}
}

func TestTranscriptNewestFirst(t *testing.T) {
	all := samples()
	slices.Reverse(all)
	golden(t, "messages-up.transcript", list(t, options(render.Transcript), messageView(), 60, 4, all...))
}

func TestConversations(t *testing.T) {
	for _, f := range render.Formats() {
		if f == render.Transcript {
			continue
		}
		t.Run(string(f), func(t *testing.T) {
			golden(t, "conversations-pipe."+string(f), list(t, options(f), conversationView(), 0, 2, conversations()...))
			golden(t, "conversations-60."+string(f), list(t, options(f), conversationView(), 60, 2, conversations()...))
		})
	}
}

func TestOne(t *testing.T) {
	for _, f := range []render.Format{render.Table, render.JSON, render.NDJSON, render.YAML, render.CSV} {
		s, _, out, _ := iostreams.Test()
		s.SetTTY(false, true, true)
		s.SetWidth(60)
		check(t, s.SetColor("never"))
		check(t, render.One(s, options(f), conversationView(), conversations()[1]))
		golden(t, "one-60."+string(f), out.String())
	}
}

func TestEmptyLists(t *testing.T) {
	want := map[render.Format]string{
		render.Table:      "ID  TIME  FROM  KIND  TEXT\n",
		render.JSON:       "{\n  \"items\": [],\n  \"next_cursor\": \"c2\"\n}\n",
		render.NDJSON:     "",
		render.YAML:       "items: []\nnext_cursor: c2\n",
		render.CSV:        "id,timestamp,from,to,kind,text\n",
		render.Transcript: "",
	}
	for f, want := range want {
		if diff := cmp.Diff(want, list[roaming.Message](t, options(f), messageView(), 0, 1)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f, diff)
		}
	}
	o := options(render.Table)
	o.NoHeader = true
	if got := list[roaming.Message](t, o, messageView(), 0, 1); strings.TrimSpace(got) != "" {
		t.Errorf("table without header = %q", got)
	}
}
