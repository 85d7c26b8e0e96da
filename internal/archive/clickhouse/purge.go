package clickhouse

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/fault"
)

const (
	// pollEvery is the time between two looks at what the server does.
	pollEvery = 250 * time.Millisecond
	// stalled is how long a mutation may make no progress.
	stalled = 10 * time.Minute
)

// purge takes the bytes of what was erased out of the server's files: the contents
// of batches, and the parts that mutations have replaced. A part that the server is
// deleting is no longer in its list, so purge gives it a little longer.
func (s *Store) purge(ctx context.Context) error {
	st, err := s.state(ctx)
	if err == nil {
		err = s.everywhere(ctx, s.cleanBatches(st.Batch))
	}
	if err == nil {
		err = s.waitMutations(ctx)
	}
	if err != nil {
		return s.pending(err, "removing the contents of batches failed")
	}
	if err := s.waitParts(ctx); err != nil {
		return err
	}
	if err := pause(ctx, s.schema.keepParts/10); err != nil {
		return s.pending(err, "waiting for replaced parts failed")
	}
	return s.setMeta(ctx, metaErasing, "")
}

// pending is the error for an erasure whose bytes may still be in the files.
func (s *Store) pending(err error, why string) error {
	return fault.Wrap(fault.Partial, err, "the messages are erased, but bytes of them may still be in the files of %s: %s", s.c.address, why).
		WithHint("run roamctl archive erase again in some minutes; system.mutations and system.parts of the server say what it is doing")
}

// poll calls fn until it has nothing left. left is a number that falls.
func poll(ctx context.Context, limit time.Duration, fn func() (left int64, err error)) (left int64, err error) {
	last, since := int64(-1), time.Now()
	for {
		if left, err = fn(); err != nil || left == 0 {
			return left, err
		}
		if left != last {
			last, since = left, time.Now()
		}
		if time.Since(since) > limit {
			return left, nil
		}
		if err := pause(ctx, pollEvery); err != nil {
			return left, err
		}
	}
}

// pause waits for d. The error is the cause of ctx's end.
func pause(ctx context.Context, d time.Duration) error {
	if clock.System().Sleep(ctx, d) != nil {
		return context.Cause(ctx)
	}
	return nil
}

// waitMutations waits until no mutation of the archive's tables is under way.
func (s *Store) waitMutations(ctx context.Context) error {
	left, err := poll(ctx, stalled, func() (left int64, err error) {
		for _, of := range s.system("mutations") {
			sql := "SELECT count() + sum(parts_to_do) AS n FROM " + of.table + " WHERE is_done = 0"
			for r, err := range listAt[struct{ N int64 }](ctx, s.c, request{host: of.host, sql: sql}) {
				if err != nil {
					return 0, err
				}
				left += r.N
			}
		}
		return left, nil
	})
	if err == nil && left > 0 {
		return s.pending(nil, "a mutation makes no progress")
	}
	return err
}

// waitParts waits until the server has deleted the parts that are replaced now.
func (s *Store) waitParts(ctx context.Context) error {
	names, err := s.replacedParts(ctx)
	if err != nil {
		return s.pending(err, "reading system.parts failed")
	}
	left, err := poll(ctx, 2*s.schema.keepParts+30*time.Second, func() (left int64, err error) {
		now, err := s.replacedParts(ctx)
		for name := range names {
			if now[name] {
				left++
			}
		}
		return left, err
	})
	switch {
	case err != nil:
		return s.pending(err, "waiting for replaced parts failed")
	case left > 0:
		return s.pending(nil, "the server keeps parts that it has replaced")
	}
	return nil
}

// replacedParts are the names of the parts that the server has replaced and not
// deleted yet.
func (s *Store) replacedParts(ctx context.Context) (map[string]bool, error) {
	all := map[string]bool{}
	for _, of := range s.system("parts") {
		for r, err := range listAt[struct{ Table, Name string }](ctx, s.c, request{host: of.host, sql: "SELECT table, name FROM " + of.table + " WHERE active = 0"}) {
			if err != nil {
				return nil, err
			}
			all[of.host+" "+r.Table+" "+r.Name] = true
		}
	}
	return all, nil
}
