package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

// Confirmation is what a destructive command asks before it acts.
type Confirmation struct {
	Lines []string // who loses what, who keeps theirs, what was understood
	Word  string   // what has to be typed
	Yes   bool     // --yes was given
}

// Confirm shows what is about to happen and asks for the word to be typed. It
// is nil only for a yes: with Yes nothing is asked; off a terminal, or on
// another answer, it is a fault.Safety.
func (a *App) Confirm(ctx context.Context, c Confirmation) error {
	if c.Yes {
		return nil
	}
	if !a.IO.InTTY() || !a.IO.ErrTTY() {
		return fault.New(fault.Safety, "not confirmed: this can't be undone, and there is no terminal to ask on").
			WithHint("look at it with --dry-run, then give --yes")
	}
	a.Explain(c)
	fmt.Fprintf(a.IO.Err, "Type %s to go on: ", render.Safe(c.Word))
	answer, err := readLine(ctx, a.IO.In)
	if err != nil {
		return err
	}
	if answer != c.Word {
		return fault.New(fault.Safety, "not confirmed: nothing was deleted")
	}
	return nil
}

// readLine reads one line without outliving ctx: the read itself can't be
// interrupted, so it is left behind for the process's end.
func readLine(ctx context.Context, r io.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(r).ReadString('\n')
		got <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case a := <-got:
		if a.err != nil && a.line == "" {
			return "", fault.Wrap(fault.Safety, a.err, "not confirmed")
		}
		return strings.TrimSpace(a.line), nil
	}
}
