//go:build !windows

package iostreams

import (
	"fmt"
	"testing"
)

func TestPager(t *testing.T) {
	s, _, out, _ := Test()
	s.SetTTY(false, true, false)
	if err := s.StartPager(t.Context(), script(t, "sed s/^/$1/")+" >"); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(s.Out, "one")
	fmt.Fprintln(s.Out, "two")
	if err := s.StopPager(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(s.Out, "after")
	if got, want := out.String(), ">one\n>two\nafter\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
	if err := s.StopPager(); err != nil {
		t.Errorf("a second StopPager: %v", err)
	}
}

func TestPagerThatWasQuit(t *testing.T) {
	s, _, _, _ := Test()
	s.SetTTY(false, true, false)
	if err := s.StartPager(t.Context(), script(t, "exit 0")); err != nil {
		t.Fatal(err)
	}
	var err error
	for err == nil { // until the pipe is full or closed
		_, err = fmt.Fprintln(s.Out, "line")
	}
	if !IsBrokenPipe(err) || !IsBrokenPipe(s.WriteError()) {
		t.Errorf("writing to a pager that was quit: %v", err)
	}
	if err := s.StopPager(); err != nil {
		t.Errorf("StopPager: %v", err)
	}
}

func TestNoPager(t *testing.T) {
	tests := []struct {
		name    string
		tty     bool
		command string
		env     []string
	}{
		{name: "not a terminal", command: "false"},
		{name: "cat", tty: true, command: "cat"},
		{name: "PAGER=cat", tty: true, env: []string{"PAGER=cat"}},
		{name: "ROAMCTL_PAGER first", tty: true, env: []string{"PAGER=false", "ROAMCTL_PAGER=cat"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, out, _ := Test()
			s.env = env(tt.env...)
			s.SetTTY(false, tt.tty, false)
			if err := s.StartPager(t.Context(), tt.command); err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(s.Out, "x")
			if out.String() != "x" {
				t.Errorf("output %q", out)
			}
		})
	}
	s, _, _, _ := Test()
	s.SetTTY(false, true, false)
	if err := s.StartPager(t.Context(), "no-such-pager-here"); err == nil {
		t.Error("a missing pager was not reported")
	}
	t.Setenv("PATH", t.TempDir())
	if err := s.StartPager(t.Context(), ""); err != nil {
		t.Errorf("without less: %v", err)
	}
}
