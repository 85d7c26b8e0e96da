// Package cli is the program's outer shell: the root command with its global
// flags, signals, and the one place that prints an error and picks the exit
// code.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/sandbox"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
)

// Run runs the program with its arguments, the program's name not included,
// and returns its exit code. version is the release's, "" for a plain build.
func Run(ctx context.Context, args []string, getenv func(string) string, streams *iostreams.Streams, version string) int {
	// The standard library logs bytes that a host sent to standard error.
	log.SetOutput(io.Discard)
	ctx, stop := interruptible(ctx)
	defer stop()
	// The first signal cancels the context, the second ends the process.
	ended, errOut := make(chan struct{}), streams.Err
	defer close(ended)
	defer context.AfterFunc(ctx, shutdown(stop, ended, func(text string) {
		if !streams.Redirected() { // progress bars show it themselves
			fmt.Fprintln(errOut, text)
		}
	}))()
	// A reader that goes away must not kill a deletion half-way: with a
	// handler, writing to a broken pipe is an error like any other.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	defer signal.Stop(broken)

	a := app.New(streams, getenv, buildVersion(version))
	started := false
	root := newRoot(a, needed(args))
	var err error
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		flags.CompleteByPlaceholder(a, root)
	} else {
		err = checkFlagValues(root, args)
	}
	markStarted(root, &started)
	root.SetArgs(args)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err != nil && !started {
		err = errors.Join(usage(err), printNotStarted(streams, args))
	}
	failures := distinct(err, a.Close(), streams.WriteError())
	if len(failures) == 0 {
		return 0
	}
	for _, failure := range failures {
		a.NameSources(failure)
	}
	return report(streams, wantsJSON(a, args), failures)
}

// printNotStarted prints the variables of a "sandbox start --env" whose arguments
// are wrong: a script evaluates them and runs the commands that follow.
func printNotStarted(streams *iostreams.Streams, args []string) error {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	at := slices.IndexFunc(args, func(arg string) bool { return arg == "--env" || strings.HasPrefix(arg, "--env=") })
	if at < 0 || !slices.Contains(args, "sandbox") {
		return nil
	}
	_, form, _ := strings.Cut(args[at], "=")
	_, err := io.WriteString(streams.Out, sandbox.NotStarted(form))
	return err
}

// quietShutdown is how long a shutdown may take without a note.
const quietShutdown = time.Second

// shutdown lets the next signal end the process, and prints a note if
// requests in flight take long.
func shutdown(stop func(), ended <-chan struct{}, tell func(text string)) func() {
	return func() {
		stop()
		select {
		case <-ended:
		case <-time.After(quietShutdown):
			tell("interrupted: finishing requests in flight; press Ctrl-C again to stop now")
		}
	}
}

// distinct returns the errors that were joined into errs, each once.
func distinct(errs ...error) []error {
	var all []error
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			all = append(all, distinct(joined.Unwrap()...)...)
		} else if err != nil {
			all = append(all, err)
		}
	}
	var once []error
	for _, err := range all {
		if !slices.ContainsFunc(once, func(e error) bool { return e.Error() == err.Error() }) {
			once = append(once, err)
		}
	}
	return once
}

// report prints errors and returns the exit code. An output without a reader is
// not an error, and hides none.
func report(streams *iostreams.Streams, asJSON bool, failures []error) int {
	failures = slices.DeleteFunc(failures, unread)
	err := errors.Join(failures...)
	if err == nil {
		return 0
	}
	render.Error(streams, asJSON, err)
	return fault.ExitCode(err)
}

// unread reports whether err is that of an output without a reader. The broken
// pipe of a connection is not: it has a kind.
func unread(err error) bool {
	return fault.KindOf(err) == fault.Bug && iostreams.IsBrokenPipe(err)
}

// markStarted sets started when a command's own code begins. Errors before that
// are usage errors.
func markStarted(cmd *cobra.Command, started *bool) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			*started = true
			return run(cmd, args)
		}
	}
	for _, child := range cmd.Commands() {
		markStarted(child, started)
	}
}

// wantsJSON reports whether errors are printed as JSON. If the flags could not be
// parsed, it searches the arguments.
func wantsJSON(a *app.App, args []string) bool {
	isJSON := func(s string) bool { return s == string(render.JSON) || s == string(render.NDJSON) }
	if s, err := a.Settings(); err == nil && isJSON(s.Output) {
		return true
	}
	return slices.ContainsFunc(args, func(arg string) bool {
		value, ok := strings.CutPrefix(arg, "--output=")
		if !ok {
			value, ok = strings.CutPrefix(arg, "-o")
		}
		return ok && isJSON(strings.TrimPrefix(value, "="))
	}) || slices.ContainsFunc(pairs(args), func(p [2]string) bool {
		return (p[0] == "-o" || p[0] == "--output") && isJSON(p[1])
	})
}

func pairs(args []string) [][2]string {
	var all [][2]string
	for i := 1; i < len(args); i++ {
		all = append(all, [2]string{args[i-1], args[i]})
	}
	return all
}

// buildVersion is the release's version, or what the Go toolchain recorded.
func buildVersion(version string) string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
