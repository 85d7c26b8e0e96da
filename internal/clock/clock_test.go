package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roamctl/roamctl/internal/clock"
)

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.System()
		start := c.Now()
		if err := c.Sleep(t.Context(), time.Hour); err != nil || c.Now().Sub(start) != time.Hour {
			t.Errorf("slept %v, %v", c.Now().Sub(start), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, d := range []time.Duration{0, time.Hour} {
			if err := c.Sleep(ctx, d); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", d, err)
			}
		}
	})
}
