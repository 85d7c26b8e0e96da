package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// errInterrupted is a context.Canceled that says to a user what happened.
type errInterrupted struct{}

func (errInterrupted) Error() string { return "interrupted" }

// Is makes it a context.Canceled.
func (errInterrupted) Is(target error) bool { return target == context.Canceled }

// signalled is a context that a signal ends, with an errInterrupted as its
// error. Contexts made from it end with that error, too.
type signalled struct {
	context.Context

	done <-chan struct{}
}

// Done is part of context.Context.
func (c signalled) Done() <-chan struct{} { return c.done }

// Err is part of context.Context.
func (c signalled) Err() error {
	select {
	case <-c.done:
		return errInterrupted{}
	default:
		return nil
	}
}

// interruptible is a context that Ctrl-C and SIGTERM end. After stop, the next
// signal ends the process.
func interruptible(parent context.Context) (ctx context.Context, stop context.CancelFunc) {
	inner, unregister := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	// A context of the standard library between, so that the many below it need
	// no goroutine each.
	ctx, cancel := context.WithCancel(signalled{parent, inner.Done()})
	return ctx, func() {
		unregister()
		cancel()
	}
}
