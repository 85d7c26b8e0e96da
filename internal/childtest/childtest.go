// Package childtest runs a test binary again, as a process that the test kills. Only
// tests import it.
package childtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// variable has the argument of a process that Command made.
const variable = "ROAMCTL_TEST_CHILD"

// Arg returns the argument of this process; "" in the process of the test itself.
func Arg() string { return os.Getenv(variable) }

// Main runs the tests or, in a process that Command made, work with its argument. It
// returns the exit code.
func Main(m *testing.M, work func(arg string) error) int {
	if Arg() == "" {
		return m.Run()
	}
	if err := work(Arg()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Command makes a process of the test binary, whose TestMain looks at the argument.
func Command(t *testing.T, arg string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$") //nolint:gosec // the program is the test itself
	cmd.Env = append(os.Environ(), variable+"="+arg)
	cmd.Stderr = t.Output()
	return cmd
}

// KilledAfter starts a process and kills it some time after it has printed lines. It
// returns all complete lines that came. Several goroutines may call it.
func KilledAfter(t *testing.T, cmd *exec.Cmd, lines int, wait time.Duration) (printed []string) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Error(err)
		return nil
	}
	for in := bufio.NewReader(out); ; {
		if len(printed) == lines {
			time.AfterFunc(wait, func() { _ = cmd.Process.Kill() })
		}
		line, err := in.ReadString('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
		printed = append(printed, line[:len(line)-1])
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() > 0 { // -1 if it was killed
		t.Errorf("the process failed: %v", err)
	}
	return printed
}

// All reports whether tests are to run every round, and not a sample.
func All() bool { return os.Getenv("ROAMCTL_TEST_KILLS") == "all" }

// Kills is how often a test kills a process: sample times, or all.
func Kills(sample, all int) int {
	if All() {
		return all
	}
	return sample
}
