// Package bench measures the program in whole processes against a sandbox server. Each
// figure is a ratio within one run. It asserts no times: docs/benchmarks.md has the
// figures and explains them.
//
//	go test -run '^$' -bench . -benchtime 1x -timeout 2h ./internal/bench
//
// BENCH_USERS and BENCH_MESSAGES set the size of the data of most benchmarks.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/roamctl/roamctl/internal/cli"
	"github.com/roamctl/roamctl/internal/iostreams"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"roamctl": func() {
			os.Exit(cli.Run(context.Background(), os.Args[1:], os.Getenv, iostreams.System(os.Getenv), "bench"))
		},
	})
}

// number returns the number in an environment variable, or a default.
func number(name string, fallback int) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		return fallback
	}
	return n
}

// world returns a data folder with users and their messages.
func world(b *testing.B, users, messages int, more ...string) string {
	b.Helper()
	dir := b.TempDir()
	args := append([]string{
		"sandbox", "generate", "--data", dir, "--quiet", "--seed", "1",
		"--users", strconv.Itoa(users), "--messages", strconv.Itoa(messages),
	}, more...)
	if out, err := exec.Command("roamctl", args...).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// service is a sandbox server, and a home folder of its client.
type service struct {
	b    *testing.B
	env  []string
	home string
}

// start starts a sandbox on a data folder and stops it at the end.
func start(b *testing.B, data string, flags ...string) *service {
	b.Helper()
	s := &service{b: b, home: b.TempDir()}
	s.env = append(os.Environ(), "HOME="+s.home, "ROAMCTL_KEYRING=off")
	cmd := exec.Command("roamctl", append([]string{"sandbox", "start", "--data", data, "--seed", "none", "-o", "json", "--quiet"}, flags...)...)
	cmd.Env = s.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	var at map[string]string
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		b.Fatal(err)
	}
	s.env = append(s.env, "ROAMCTL_HOST="+at["url"], "ROAMCTL_APP_KEY="+at["app_key"],
		"ROAMCTL_CLIENT_ID="+at["client_id"], "ROAMCTL_CLIENT_SECRET="+at["client_secret"])
	return s
}

// usage is the time and memory of a process.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // bytes
	stdout    string
	stderr    string
	code      int
}

// run runs a command. It must exit with 0 or one of codes.
func (s *service) run(command []string, codes ...int) usage {
	s.b.Helper()
	var stdout, stderr strings.Builder
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	u := usage{wall: time.Since(began), stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak = r.Maxrss << 10
	}
	if err != nil && !slices.Contains(codes, u.code) {
		s.b.Fatalf("%s: %v\n%.2000s\n%.2000s", strings.Join(command, " "), err, u.stdout, u.stderr)
	}
	return u
}

// last returns the finished event of a run with --progress json.
type last struct {
	Users    int            `json:"users"`
	Messages int            `json:"messages"`
	Calls    int            `json:"calls"`
	Families map[string]int `json:"calls_by_family"`
	Refused  int            `json:"refused"`
	Elapsed  float64        `json:"elapsed_seconds"`
}

func finished(b *testing.B, stderr string) (l last) {
	b.Helper()
	for line := range strings.Lines(stderr) {
		if strings.Contains(line, `"event":"finished"`) {
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				b.Fatal(err)
			}
			return l
		}
	}
	b.Fatalf("the run did not say that it has finished:\n%.2000s", stderr)
	return l
}

// export returns the command that exports users' histories to a new folder.
func export(dir string, more ...string) []string {
	return append([]string{"roamctl", "messages", "export", "--out", dir, "--progress", "json", "-o", "json"}, more...)
}

// size returns the number of bytes in a folder.
func size(b *testing.B, dir string) (n int64) {
	b.Helper()
	err := filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

var errNoTool = errors.New("it is not installed")

// need skips a benchmark if a tool is missing.
func need(b *testing.B, tools ...string) {
	b.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skip(tool, errNoTool)
		}
	}
}

func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i)
	}
	return b.String()
}

func write(b *testing.B, text string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}
