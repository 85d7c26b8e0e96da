package cli

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestInterruptedContextsSayInterrupted(t *testing.T) {
	ctx, stop := interruptible(t.Context())
	defer stop()
	child, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	if ctx.Err() != nil || child.Err() != nil {
		t.Fatal("it has ended before the signal")
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(os.Interrupt); err != nil {
		t.Skip("no signals here: ", err)
	}
	<-child.Done()
	for name, err := range map[string]error{
		"error": ctx.Err(), "cause": context.Cause(ctx), "child's error": child.Err(), "child's cause": context.Cause(child),
	} {
		if err == nil || err.Error() != "interrupted" || !errors.Is(err, context.Canceled) || fault.KindOf(err) != fault.Interrupted {
			t.Errorf("%s: %v", name, err)
		}
	}
}
