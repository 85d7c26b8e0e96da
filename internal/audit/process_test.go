//go:build unix

package audit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// The test binary run again appends entries and prints the number of each once
// Append has returned.
const (
	childDir   = "AUDIT_TEST_DIR"
	childCount = "AUDIT_TEST_COUNT"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(appendInChild(dir))
	}
	os.Exit(m.Run())
}

func appendInChild(dir string) int {
	n, _ := strconv.Atoi(os.Getenv(childCount))
	l := Open(filepath.Join(dir, "audit.ndjson"), time.Now)
	for i := range n {
		e, err := l.Append(context.Background(), example(i))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(e.Seq, e.Hash)
	}
	return 0
}

func child(t *testing.T, dir string, n int) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s=%d", childCount, n))
	cmd.Stderr = os.Stderr
	return cmd
}

func TestManyWriters(t *testing.T) {
	dir := t.TempDir()
	l := Open(filepath.Join(dir, "audit.ndjson"), time.Now)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := child(t, dir, 15).Run(); err != nil {
				t.Error(err)
			}
		})
	}
	for i := range 20 {
		all.Go(func() {
			if _, err := l.Append(t.Context(), example(i)); err != nil {
				t.Error(err)
			}
			if _, err := l.Verify(t.Context()); err != nil {
				t.Errorf("while others write: %v", err)
			}
		})
	}
	all.Wait()
	intact(t, l, 3*15+20)
}

// TestKilledWriters kills a writer at a random instant, again and again: every
// entry that it reported is there, and the chain is whole.
func TestKilledWriters(t *testing.T) {
	kills := 15
	if os.Getenv("ROAMCTL_TEST_KILLS") == "all" {
		kills = 60
	}
	dir := t.TempDir()
	l := Open(filepath.Join(dir, "audit.ndjson"), time.Now)
	for range kills {
		reported := killed(t, child(t, dir, 1_000), rand.IntN(4), time.Duration(rand.IntN(12_000))*time.Microsecond)
		if _, err := l.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		present := map[string]bool{}
		for e, err := range l.Entries(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			present[fmt.Sprintln(e.Seq, e.Hash)] = true
		}
		for _, r := range reported {
			if !present[r] {
				t.Fatalf("entry %q was reported and is lost", r)
			}
		}
	}
}

// killed starts a process and kills it some time after it has reported lines.
// It returns all whole lines that came.
func killed(t *testing.T, cmd *exec.Cmd, lines int, after time.Duration) []string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(out)
	var reported []string
	for {
		if len(reported) == lines {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		line, err := in.ReadString('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			break
		}
		reported = append(reported, line)
	}
	_ = cmd.Wait() // it was killed
	return reported
}
