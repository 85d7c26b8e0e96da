//go:build unix

package progress

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// waiting sends what is written to a channel.
type waiting chan string

func (w waiting) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

func TestOnSignal(t *testing.T) {
	if !slices.Contains(Signals(), os.Signal(syscall.SIGUSR1)) {
		t.Fatalf("signals %v", Signals())
	}
	s, _, _, _ := iostreams.Test()
	written := make(waiting)
	s.Err = written
	r := Start(Options{Mode: Off, Streams: s}, middle)
	r.OnSignal()
	for _, sig := range Signals() {
		if err := syscall.Kill(os.Getpid(), sig.(syscall.Signal)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(line(middle(), 0)+"\n", <-written); diff != "" {
			t.Error(diff)
		}
	}
	r.Stop()
	// A late signal must not end the program: it would end this test.
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(line(middle(), 0), "\n") {
		t.Error("more than a line")
	}
}
