package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder", "archive ?#%.db")
	if _, err := Open(t.Context(), path, Options{}); fault.KindOf(err) != fault.NotFound || fault.HintOf(err) == "" {
		t.Error(err)
	}
	w, err := Open(t.Context(), path, Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := Open(t.Context(), path, Options{}); fault.KindOf(err) != fault.Safety {
		t.Errorf("a second writer: %v", err)
	}
	r, err := Open(t.Context(), path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.Import(t.Context(), archive.Batch{Messages: []archive.Message{storetest.Numbered(1, "一")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get(t.Context(), storetest.Numbered(1, "").Key); err != nil {
		t.Error(err)
	}
	if _, err := r.Import(t.Context(), archive.Batch{}); err == nil {
		t.Error("a reader wrote")
	}
}

func TestMigrations(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stop := errors.New("stop")
	adds := func(column string, err error) step {
		return func(ctx context.Context, w *writer) error {
			return errors.Join(w.execOnce(ctx, "ALTER TABLE messages ADD COLUMN "+column+" TEXT"), err)
		}
	}
	// The third step is interrupted: the second stays done, and the third is
	// begun anew.
	if err := migrate(t.Context(), s.w, []step{createTables, adds("x", nil), adds("y", stop)}); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if v, err := s.w.version(t.Context()); err != nil || v != 2 {
		t.Fatal(v, err)
	}
	if err := migrate(t.Context(), s.w, []step{createTables, adds("x", stop), adds("y", nil)}); err != nil {
		t.Fatal(err)
	}
	// This program knows one version.
	for _, o := range []Options{{}, {ReadOnly: true}} {
		if !o.ReadOnly {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(t.Context(), s.path, o); fault.KindOf(err) != fault.Config {
			t.Error(err)
		}
	}
}

// A message whose row is taken gets another one, in the next millisecond if need
// be, and is found there.
func TestRowsOfOneTime(t *testing.T) {
	key := archive.IDKey("1")
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for attempt := 0; ; attempt++ {
		row, spill := archive.PositionOf(5, key, attempt)
		if spill > 0 {
			break
		}
		if err := s.w.execOnce(t.Context(), "BEGIN"); err != nil {
			t.Fatal(err)
		}
		_, err := s.w.exec(t.Context(), intoMessages+" VALUES(?,x'',1,'',0,0,0,'txt','',null,null,2,1,0,0,x'')", row)
		if err := errors.Join(err, s.w.execOnce(t.Context(), "COMMIT")); err != nil && attempt == 0 {
			t.Fatal(err)
		}
	}
	m := storetest.Numbered(1, "一")
	m.Key, m.Time = key, roaming.Millis(5)
	if _, err := s.Import(t.Context(), archive.Batch{Messages: []archive.Message{m}}); err != nil {
		t.Fatal(err)
	}
	found := 0
	for got, err := range s.Search(t.Context(), archive.Search{Query: query.Query{Expr: query.Text{Term: "一"}}, Span: archive.Span{From: 5, To: 5}}) {
		if err != nil || got.Position>>20 != 6 {
			t.Error(got, err)
		}
		found++
	}
	if found != 1 {
		t.Errorf("%d hits", found)
	}
}

// With an index of another version searches scan, until it is built anew.
func TestAnotherVersionOfTokens(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Import(t.Context(), archive.Batch{Messages: []archive.Message{storetest.Numbered(1, "一二"), storetest.Numbered(2, "三")}}); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"DELETE FROM words", "UPDATE meta SET value = '0' WHERE name = 'tokens'"} {
		if err := s.w.execOnce(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	hits := func() (n int) {
		for _, err := range s.Search(t.Context(), archive.Search{Query: query.Query{Expr: query.Text{Term: "二"}}, Span: archive.Everything()}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	if st, err := s.Stats(t.Context()); err != nil || !st.NeedsReindex || hits() != 1 {
		t.Error(st, err)
	}
	if err := s.Reindex(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st, err := s.Stats(t.Context()); err != nil || st.NeedsReindex || hits() != 1 {
		t.Error(st, err)
	}
}
