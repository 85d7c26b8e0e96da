package run

import "testing"

// BenchmarkOneJob is the life of a run over one user.
func BenchmarkOneJob(b *testing.B) {
	s := newStore(b)
	for b.Loop() {
		r, err := s.Begin(b.Context(), bob, func(r *Run) (any, error) {
			_, err := r.Add(b.Context(), []Job{{User: "alice"}})
			return intent{}, err
		})
		if err != nil {
			b.Fatal(err)
		}
		for range 6 {
			appended(b, r.Journal(bob, 1), "sent", 1)
		}
		if err := r.Finish(b.Context(), Job{Seq: 1}, Result{State: Done}); err != nil {
			b.Fatal(err)
		}
		if err := r.End(Finish{State: Done}); err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
