package multiuser_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/run"
)

// A deletion for one user leaves the same behind as for each of several: events,
// audit entries, the result of the job, the report, and what is left.
func TestOneUserMatchesSeveral(t *testing.T) {
	for name, s := range scenarios() {
		t.Run(name, func(t *testing.T) {
			alone, together := newWorld(t), newWorld(t)
			one := alone.trace(alone.play(s, "ua"), "ua")["ua"]
			several := together.trace(together.play(s, "ub", "uc"), "ub", "uc")
			for _, user := range []string{"ub", "uc"} {
				compare(t, s, one, several[user])
			}
		})
	}
}

func compare(t *testing.T, s scenario, one, other trace) {
	t.Helper()
	if s.rows {
		one.Outcome, other.Outcome = "", ""
	}
	if diff := cmp.Diff(one, other); diff != "" {
		t.Errorf("one user (-), each of several (+):\n%s", diff)
	}
}

// kill makes the latest run one that was killed when its jobs had so many events;
// with a negative number, so many less than all. It counts in the order of the
// calls.
func (w *world) kill(events int) {
	w.t.Helper()
	old, info := w.latest()
	kept := map[int64][]run.Event{}
	for j, err := range old.Jobs(w.t.Context(), "") {
		if err != nil {
			w.t.Fatal(err)
		}
		for e, err := range old.Journal(info.Summary, j.Seq).Events(w.t.Context()) {
			if err != nil {
				w.t.Fatal(err)
			}
			kept[j.Seq] = append(kept[j.Seq], e)
		}
		slices.SortStableFunc(kept[j.Seq], func(a, b run.Event) int { return byCall(a.Kind+" "+string(a.Data), b.Kind+" "+string(b.Data)) })
		end := events
		if events < 0 {
			end = max(0, len(kept[j.Seq])+events)
		}
		kept[j.Seq] = kept[j.Seq][:min(end, len(kept[j.Seq]))]
	}
	path := filepath.Join(old.Dir(), "run.db")
	db, err := sql.Open("sqlite", path)
	if err := errors.Join(err, old.Close()); err != nil {
		w.t.Fatal(err)
	}
	_, err = db.ExecContext(w.t.Context(), "DELETE FROM events WHERE job > 0 OR number > 1; UPDATE jobs SET state = 'pending', kind = '', error = '', conversations = 0, messages = 0")
	if err := errors.Join(err, db.Close()); err != nil {
		w.t.Fatal(err)
	}
	killed, err := w.runs().Open(w.t.Context(), info.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for seq, all := range kept {
		for _, e := range all {
			if err := killed.Journal(info.Summary, seq).Append(e.Kind, e.Data); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	if err := killed.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// A run over one user that was killed resumes as each job of several does.
func TestKilledRunsResumeAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it plays 36 scenarios and resumes them, one call after the other")
	}
	all := scenarios()
	for _, name := range []string{"before a time", "by time, no backup", "clear, no backup", "conversations", "conversations, no backup", "planned", "the last call fails", "recall", "recall, planned"} {
		// Before its calls were decided on, after a call was sent, after it was
		// answered, and before the verification.
		for _, events := range []int{1, 3, 4, -2} {
			s := all[name]
			if events == 1 && strings.Contains(s.words, "--no-backup") {
				events = 2 // there is no event of a backup
			}
			t.Run(fmt.Sprint(name, " ", events), func(t *testing.T) {
				alone, together := newWorld(t), newWorld(t)
				alone.play(s, "ua")
				together.play(s, "ub", "uc")
				alone.kill(events)
				together.kill(events)
				one, several := alone.resume("ua")["ua"], together.resume("ub", "uc")
				for _, user := range []string{"ub", "uc"} {
					compare(t, s, one, several[user])
				}
			})
		}
	}
}

func (w *world) resume(users ...string) map[string]trace {
	w.t.Helper()
	r, info := w.latest()
	_ = r.Close()
	w.fail = nil
	return w.trace(w.Run("runs", "resume", info.ID, "--yes", "-o", "ndjson"), users...)
}
