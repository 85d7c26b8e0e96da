package content

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// OnAllProcessors calls fn with the numbers below count, on all processors, until it
// fails.
func OnAllProcessors(ctx context.Context, count int, fn func(n int) error) error {
	workers, ctx := errgroup.WithContext(ctx)
	size := count/runtime.GOMAXPROCS(0) + 1
	for from := 0; from < count; from += size {
		workers.Go(func() (err error) {
			for n := from; n < min(from+size, count) && err == nil; n++ {
				if err = fn(n); err == nil {
					err = context.Cause(ctx)
				}
			}
			return err
		})
	}
	return workers.Wait()
}
