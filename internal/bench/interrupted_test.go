package bench

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// BenchmarkInterrupted exports a hundred thousand users in a run that is killed three
// times and resumed. It fails unless all users are done and the export is complete.
func BenchmarkInterrupted(b *testing.B) {
	users := number("BENCH_LONG_USERS", 100_000)
	data := world(b, users, 30_000, "--groups", "0")
	s := start(b, data)
	s.env = append(s.env, "ROAMCTL_LIMITS=off")
	for range b.N {
		dir := b.TempDir()
		began := time.Now()
		command, run := export(dir, "--all-users"), ""
		for i := range 3 {
			s.killed(command, time.Duration(i+1)*10*time.Second)
			run = s.interrupted()
			command = []string{"roamctl", "runs", "resume", run, "--progress", "json", "-o", "json"}
		}
		u := s.run(command)
		took := time.Since(began)
		verified := s.run([]string{"roamctl", "messages", "export", "verify", dir, "-o", "json"})
		var story struct {
			State string
			Users struct{ Users, Done, Failed int }
		}
		s.decode(s.run([]string{"roamctl", "runs", "show", run, "-o", "json"}).stdout, &story)
		if story.State != "done" || story.Users.Done != users || story.Users.Failed != 0 {
			b.Fatalf("%+v", story)
		}
		var whole struct {
			Messages int
			Damaged  []any
		}
		s.decode(verified.stdout, &whole)
		b.ReportMetric(float64(story.Users.Done), "users")
		b.ReportMetric(float64(whole.Messages), "messages")
		b.ReportMetric(float64(len(whole.Damaged)), "damaged")
		b.ReportMetric(took.Seconds(), "seconds")
		b.ReportMetric(verified.wall.Seconds(), "verify-seconds")
		b.ReportMetric(float64(max(u.peak, verified.peak))/1e6, "peak-MB")
	}
}

// killed runs a command and kills it after a time.
func (s *service) killed(command []string, after time.Duration) {
	s.b.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = s.env
	if err := cmd.Start(); err != nil {
		s.b.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Wait(); err == nil {
		s.b.Fatalf("it was done before it could be killed: BENCH_LONG_USERS is too few")
	}
}

func (s *service) interrupted() string {
	s.b.Helper()
	out := s.run([]string{"roamctl", "runs", "list", "--state", "interrupted", "-o", "ndjson", "--jq", ".id"}).stdout
	id, _, _ := strings.Cut(out, "\n")
	if id == "" {
		s.b.Fatal("no run was interrupted")
	}
	return id
}

func (s *service) decode(text string, into any) {
	s.b.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		s.b.Fatalf("%v: %.500s", err, text)
	}
}
