package cli

import (
	"errors"
	"fmt"
	"log"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
)

func TestABrokenPipeHidesNoOtherFailure(t *testing.T) {
	unread := fmt.Errorf("writing the output: %w", syscall.EPIPE)
	cut := fault.Wrap(fault.Network, syscall.EPIPE, "the connection failed")
	partly := fault.Wrap(fault.Partial, cut, "1 of 2 calls were accepted")
	for name, tt := range map[string]struct {
		err  error
		code int
	}{
		"nobody reads":                     {unread, 0},
		"nobody reads, noticed twice":      {errors.Join(unread, errors.Join(unread)), 0},
		"partly done":                      {partly, 8},
		"partly done, and nobody reads it": {errors.Join(partly, unread), 8},
		"the connection broke":             {cut, 9},
	} {
		t.Run(name, func(t *testing.T) {
			io, _, _, errOut := iostreams.Test()
			if got := report(io, false, distinct(tt.err)); got != tt.code {
				t.Errorf("exit code %d, want %d", got, tt.code)
			}
			if quiet := errOut.Len() == 0; quiet != (tt.code == 0) {
				t.Errorf("on the error stream: %q", errOut)
			}
		})
	}
}

func TestFailuresArePrintedOnce(t *testing.T) {
	io, _, _, errOut := iostreams.Test()
	full := fmt.Errorf("writing the output: %w", syscall.ENOSPC)
	report(io, false, distinct(errors.Join(full, full), nil, full))
	if got := strings.Count(errOut.String(), "writing the output"); got != 1 {
		t.Errorf("told %d times:\n%s", got, errOut)
	}
}

// One noun alone has to behave as it does among all of them.
func TestNeededBuildsWhatTheArgumentsName(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want int
	}{
		{[]string{"version"}, 1},
		{[]string{"messages", "fetch"}, 1},
		{[]string{"msg", "fetch"}, len(nouns())},
		{[]string{"--sandbox", "messages"}, len(nouns())},
		{[]string{"help", "messages"}, len(nouns())},
		{nil, len(nouns())},
	} {
		if got := len(needed(tt.args)); got != tt.want {
			t.Errorf("%q: %d nouns, want %d", tt.args, got, tt.want)
		}
	}
	for _, n := range nouns() {
		cmd := n.build(app.New(nil, nil, ""))
		if cmd.Name() != n.name {
			t.Errorf("%s is listed as %s", cmd.Name(), n.name)
		}
		if cmd.GroupID = n.group; n.group == "" && n.name != "version" {
			t.Errorf("%s is in no group", n.name)
		}
	}
}

// A shutdown prints a note only if it takes long.
func TestSlowShutdownPrintsANote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, takes := range []time.Duration{0, 2 * quietShutdown} {
			said := ""
			stopped := false
			ended, told := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(told)
				shutdown(func() { stopped = true }, ended, func(text string) { said = text })()
			}()
			if takes == 0 {
				close(ended)
			}
			<-told
			if !stopped || (said != "") != (takes > 0) {
				t.Errorf("after %s: stopped %v, said %q", takes, stopped, said)
			}
		}
	})
}

func TestCompletionScriptsEvaluateNothing(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		streams, _, out, errOut := iostreams.Test()
		if code := Run(t.Context(), []string{"completion", shell}, func(string) string { return "" }, streams, "1"); code != 0 {
			t.Fatalf("%s: %d %s", shell, code, errOut)
		}
		// fish's evaluates words that are escaped.
		if n := strings.Count(out.String(), "eval "); n > 0 && shell != "fish" || out.Len() == 0 {
			t.Errorf("%s: %d evals in %d bytes", shell, n, out.Len())
		}
	}
	if _, err := HardenCompletion("zsh", "another script"); err == nil {
		t.Error("a script that can't be hardened is no error")
	}
}

// TestTheStandardLogIsSilent: net/http writes to it what odd hosts send.
func TestTheStandardLogIsSilent(t *testing.T) {
	before := log.Writer()
	defer log.SetOutput(before)
	var out strings.Builder
	log.SetOutput(&out)
	streams, _, _, errOut := iostreams.Test()
	Run(t.Context(), []string{"version"}, func(string) string { return "" }, streams, "test")
	log.Print("Unsolicited response received on idle HTTP channel")
	if out.Len() > 0 || errOut.Len() > 0 {
		t.Errorf("%q, %q", &out, errOut)
	}
}
