package export

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/run"
)

// checkTemp refuses what the options of the run do not export.
func TestCheckTemp(t *testing.T) {
	x := &Exporter{Options: Options{Template: mustTemplate(t, "{user}/{type}-{conversation}.{format}", NDJSON)}}
	ref := chat("alice", "bob")
	path := x.Template.path(ref)
	good := run.TempFile{Ref: ref, Volume: path, Name: "s"}
	only := *x
	only.Only = &ConversationFilter{"bob", "chat"}
	other := *x
	other.Only = &ConversationFilter{"carol", "chat"}
	with := func(change func(*run.TempFile)) run.TempFile {
		s := good
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		x    *Exporter
		temp run.TempFile
		ok   bool
	}{
		"its own":              {x, good, true},
		"the one":              {&only, good, true},
		"not the one":          {&other, good, false},
		"another file":         {x, with(func(s *run.TempFile) { s.Volume = "x" }), false},
		"another user":         {x, with(func(s *run.TempFile) { s.User = "carol" }), false},
		"another conversation": {x, with(func(s *run.TempFile) { s.Conversation = "carol" }), false},
		"another type":         {x, with(func(s *run.TempFile) { s.Type = "group" }), false},
		"another folder":       {x, with(func(s *run.TempFile) { s.Name = "../s" }), false},
		"the folder above":     {x, with(func(s *run.TempFile) { s.Name = ".." }), false},
		"no file":              {x, with(func(s *run.TempFile) { s.Name = "" }), false},
	} {
		err := c.x.checkTemp(c.temp, path)
		if c.ok != (err == nil) || err != nil && fault.KindOf(err) != fault.Safety {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A resumed export with a changed database fails for the user and changes nothing
// outside its folder.
func TestChangedDatabase(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	w.say(chat("alice", "bob"), 3)
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	template := mustTemplate(t, "{user}.{format}", NDJSON)
	words := map[string]string{
		"another user's messages": "has messages of carol as those of alice",
		"a file elsewhere":        "adds alice's chat with dave from ../../../../secret to alice.ndjson",
	}
	for name, change := range map[string]func(l *run.DB) error{
		"another user's messages": func(l *run.DB) error {
			return l.AddTempFile(t.Context(), run.TempFile{Ref: chat("carol", "dave"), Volume: "alice.ndjson", Seq: 1, Name: "s"})
		},
		"a file elsewhere": func(l *run.DB) error {
			return l.AddTempFile(t.Context(), run.TempFile{Ref: chat("alice", "dave"), Volume: "alice.ndjson", Seq: 1, Name: "../../../../secret"})
		},
	} {
		r := newRun(t, w, filepath.Join(dir, "out", name), "r", Options{Template: template, Format: NDJSON})
		l, err := run.CreateTemporary(t.Context(), r.db)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Add(t.Context(), []run.Job{{User: "alice"}}); err != nil {
			t.Fatal(err)
		}
		if err := change(l); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		_, err = r.try(t.Context(), "alice")
		if got := r.failed["alice"]; got.Kind != fault.Safety || !strings.Contains(got.Error, "unlike the run's options") || !strings.Contains(got.Error, words[name]) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if b, err := os.ReadFile(secret); err != nil || string(b) != "{}\n" {
			t.Errorf("%s: the other file has %q, %v", name, b, err)
		}
	}
}
