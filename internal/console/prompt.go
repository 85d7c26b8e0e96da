package console

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

// CanAsk reports whether there is a person to ask: input and the error stream,
// where questions go, are terminals.
func (c *Console) CanAsk() bool { return c.IO.InTTY() && c.IO.ErrTTY() }

// Ask asks for one line. An empty answer is the fallback.
func (c *Console) Ask(ctx context.Context, question, fallback string) (string, error) {
	if fallback != "" {
		question += " [" + fallback + "]"
	}
	answer, err := c.ask(ctx, question, promptLine)
	if answer == "" {
		answer = fallback
	}
	return answer, err
}

// AskSecret is Ask without echo.
func (c *Console) AskSecret(ctx context.Context, question string) (string, error) {
	f, ok := c.IO.In.(*os.File)
	if !ok {
		return c.ask(ctx, question, promptLine)
	}
	fd := int(f.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fault.Wrap(fault.Config, err, "the terminal can't hide what is typed").
			WithHint("pass the secret in a file")
	}
	// When ctx ends, the read continues and never restores the terminal itself.
	defer func() { _ = term.Restore(fd, before) }()
	defer fmt.Fprintln(c.IO.Err)
	return c.ask(ctx, question, func(io.Reader) (string, error) {
		secret, err := term.ReadPassword(fd)
		return string(secret), err
	})
}

// ask reads an answer. It returns when ctx ends; the read itself can't be
// interrupted and ends with the process.
func (c *Console) ask(ctx context.Context, question string, read func(io.Reader) (string, error)) (string, error) {
	fmt.Fprintf(c.IO.Err, "%s: ", render.Safe(question))
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := read(c.IO.In)
		got <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case answer := <-got:
		if answer.err != nil {
			return "", fault.Wrap(fault.Usage, answer.err, "no answer to %q", question)
		}
		return strings.TrimSpace(answer.line), nil
	}
}

// promptLine reads a line and nothing after it, which is for the next question.
func promptLine(r io.Reader) (string, error) {
	var line []byte
	char := make([]byte, 1)
	for {
		n, err := r.Read(char)
		if n == 1 && char[0] == '\n' || err == io.EOF && len(line) > 0 {
			return string(line), nil
		}
		if err != nil {
			return "", err
		}
		line = append(line, char[:n]...)
	}
}
