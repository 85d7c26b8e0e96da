package iostreams

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if value, ok := strings.CutPrefix(p, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestColor(t *testing.T) {
	tests := []struct {
		name string
		mode string
		tty  bool
		dumb bool
		env  []string
		want bool
	}{
		{name: "terminal", tty: true, want: true},
		{name: "pipe"},
		{name: "dumb terminal", tty: true, dumb: true},
		{name: "NO_COLOR", tty: true, env: []string{"NO_COLOR=1"}},
		{name: "empty NO_COLOR", tty: true, env: []string{"NO_COLOR="}, want: true},
		{name: "CLICOLOR=0", tty: true, env: []string{"CLICOLOR=0"}},
		{name: "forced", env: []string{"CLICOLOR_FORCE=1"}, want: true},
		{name: "forced off", env: []string{"CLICOLOR_FORCE=0"}},
		{name: "NO_COLOR over CLICOLOR_FORCE", env: []string{"NO_COLOR=1", "CLICOLOR_FORCE=1"}},
		{name: "always", mode: "always", env: []string{"NO_COLOR=1"}, want: true},
		{name: "never", mode: "never", tty: true, env: []string{"CLICOLOR_FORCE=1"}},
		{name: "auto", mode: "auto", tty: true, want: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, _, _ := Test()
			s.env, s.vt = env(tt.env...), !tt.dumb
			s.SetTTY(false, tt.tty, tt.tty)
			if tt.mode != "" {
				if err := s.SetColor(tt.mode); err != nil {
					t.Fatal(err)
				}
			}
			if s.ColorOut() != tt.want || s.ColorErr() != tt.want {
				t.Errorf("ColorOut %v, ColorErr %v, want %v", s.ColorOut(), s.ColorErr(), tt.want)
			}
			want := "x"
			if tt.want {
				want = "\x1b[31mx\x1b[0m"
			}
			if got := s.OutPalette().Red("x"); got != want {
				t.Errorf("Red = %q, want %q", got, want)
			}
		})
	}
	s, _, _, _ := Test()
	if err := s.SetColor("sometimes"); err == nil || !strings.Contains(err.Error(), "auto, always, never") {
		t.Errorf("SetColor(sometimes) = %v", err)
	}
}

func TestWidth(t *testing.T) {
	s, _, _, _ := Test()
	s.SetWidth(100)
	if s.Width() != 0 {
		t.Errorf("Width without a terminal = %d, want 0", s.Width())
	}
	s.SetTTY(false, true, false)
	if s.Width() != 100 {
		t.Errorf("Width = %d, want 100", s.Width())
	}
	s, _, _, _ = Test()
	s.SetTTY(false, true, false)
	if s.Width() != 80 {
		t.Errorf("Width of a terminal that does not tell = %d, want 80", s.Width())
	}
	s.env = env("COLUMNS=132")
	if s.Width() != 132 {
		t.Errorf("Width by COLUMNS = %d, want 132", s.Width())
	}
}

// flaky fails once.
type flaky struct {
	failed bool
	bytes.Buffer
}

func (f *flaky) Write(p []byte) (int, error) {
	if !f.failed {
		f.failed = true
		return 0, syscall.ENOSPC
	}
	return f.Buffer.Write(p)
}

func TestFirstWriteErrorStays(t *testing.T) {
	out := &flaky{}
	s := newStreams(nil, out, io.Discard, env())
	if s.WriteError() != nil {
		t.Fatalf("WriteError before writing: %v", s.WriteError())
	}
	for range 2 {
		if _, err := fmt.Fprint(s.Out, "x"); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Write: %v, want ENOSPC", err)
		}
	}
	if !errors.Is(s.WriteError(), syscall.ENOSPC) || out.Len() > 0 {
		t.Errorf("WriteError %v, written %q", s.WriteError(), out.String())
	}
}

func TestBrokenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	s := newStreams(nil, w, io.Discard, env())
	if _, err := fmt.Fprint(s.Out, "x"); !IsBrokenPipe(err) {
		t.Errorf("IsBrokenPipe(%v) = false", err)
	}
	if IsBrokenPipe(syscall.ENOSPC) || IsBrokenPipe(nil) {
		t.Error("IsBrokenPipe of something else")
	}
}

func TestSystemIsNoTerminalInTests(t *testing.T) {
	s := System(env("TERM=xterm"))
	if s.OutTTY() != isTerminal(os.Stdout) || s.ErrTTY() != isTerminal(os.Stderr) || s.InTTY() != isTerminal(os.Stdin) {
		t.Error("System disagrees with the files")
	}
}

// script is an executable that serves as a pager.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pager")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
