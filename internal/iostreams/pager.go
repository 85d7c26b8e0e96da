package iostreams

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// defaultPager leaves short output on the screen and passes colours through.
const defaultPager = "less -FRX"

type pager struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

// StartPager sends the output through a pager until StopPager. The command is
// split at spaces, no shell is involved; "" takes ROAMCTL_PAGER, then PAGER,
// then less. Nothing happens when the output is not a terminal, when the
// command is cat, or when the default is not installed. ctx does not stop a
// running pager: killing it would leave the terminal in disorder.
func (s *Streams) StartPager(ctx context.Context, command string) error {
	if !s.outTTY || s.pager != nil {
		return nil
	}
	args := strings.Fields(s.pagerCommand(command))
	if len(args) == 0 || args[0] == "cat" {
		return nil
	}
	path, err := exec.LookPath(args[0])
	if err != nil {
		if strings.Join(args, " ") == defaultPager {
			return nil
		}
		return fmt.Errorf("starting the pager %q: %w", args[0], err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), path, args[1:]...) //nolint:gosec // the user's own choice
	s.out.mu.Lock()
	cmd.Stdout = s.out.w
	s.out.mu.Unlock()
	cmd.Stderr = s.Err
	if f, ok := s.err.file(); ok {
		cmd.Stderr = f
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("starting the pager: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the pager %q: %w", args[0], err)
	}
	s.pager = &pager{cmd: cmd, stdin: stdin}
	s.out.redirect(stdin)
	return nil
}

func (s *Streams) pagerCommand(command string) string {
	for _, c := range []string{command, s.env("ROAMCTL_PAGER"), s.env("PAGER")} {
		if c != "" {
			return c
		}
	}
	return defaultPager
}

// StopPager ends the pager's input and waits until the user leaves it. Without
// a pager it does nothing.
func (s *Streams) StopPager() error {
	if s.pager == nil {
		return nil
	}
	p := s.pager
	s.pager = nil
	s.out.restore()
	closed := p.stdin.Close()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("running the pager: %w", err)
	}
	if closed != nil && !errors.Is(closed, io.ErrClosedPipe) && !IsBrokenPipe(closed) {
		return fmt.Errorf("closing the pager: %w", closed)
	}
	return nil
}
