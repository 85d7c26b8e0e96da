package e2e

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// scriptGuides are the guides whose sh and yaml blocks must work as printed.
// TestReadmes runs those with console blocks, TestClickHouseGuides what needs servers.
var scriptGuides = []string{"archive.md", "archive.zh-CN.md", "sandbox-in-ci.md", "sandbox-in-ci.zh-CN.md"}

// TestGuideScripts runs the sh blocks of each guide as printed, in one shell, and then
// the scripts of its yaml blocks, in the same folder.
func TestGuideScripts(t *testing.T) {
	for _, guide := range scriptGuides {
		t.Run(guide, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join("docs", "guides", guide)
			shell := fenced(t, name, "sh")
			if len(shell) == 0 {
				t.Fatal("no sh block")
			}
			shell = slices.DeleteFunc(shell, namesClickHouse)
			env, dir := readmeEnvironment(t), t.TempDir()
			runScript(t, env, dir, strings.Join(shell, "\n"))
			for _, block := range fenced(t, name, "yaml") {
				job := githubJob(t, env)
				for _, script := range pipelineScripts(t, block) {
					runScript(t, job.variables(t), dir, script)
				}
			}
		})
	}
}

// TestRedactionPage runs the sh block of docs/redaction.md as printed.
func TestRedactionPage(t *testing.T) {
	dir := t.TempDir()
	runScript(t, readmeEnvironment(t), dir, strings.Join(fenced(t, filepath.Join("docs", "redaction.md"), "sh"), "\n"))
	b, err := os.ReadFile(filepath.Join(dir, "handover", "chat-bob.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	if strings.Contains(page, "0013-8000") || strings.Contains(page, "TK-17") || !strings.Contains(page, "My number is [mobile-") {
		t.Error("the handed over page is not redacted")
	}
}

// fenced returns a file's fenced blocks of a language.
func fenced(t *testing.T, name, language string) (blocks []string) {
	t.Helper()
	fence := regexp.MustCompile("(?ms)^```" + language + "\n(.*?)^```$")
	for _, m := range fence.FindAllStringSubmatch(readFile(t, name), -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// job passes variables from a step to the next ones, as GitHub does.
type job struct {
	env  []string
	file string // $GITHUB_ENV
}

// githubJob returns a job. The end of the test stops the sandbox that its steps started.
func githubJob(t *testing.T, env []string) job {
	t.Helper()
	j := job{file: filepath.Join(t.TempDir(), "github.env")}
	j.env = append(slices.Clone(env), "GITHUB_ENV="+j.file)
	t.Cleanup(func() {
		for _, v := range j.variables(t) {
			if pid, ok := strings.CutPrefix(v, "ROAMCTL_SANDBOX_PID="); ok {
				_ = exec.CommandContext(context.WithoutCancel(t.Context()), "kill", pid).Run()
			}
		}
	})
	return j
}

// variables returns the environment of the next step.
func (j job) variables(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(j.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return slices.Concat(j.env, strings.Fields(string(text)))
}

// runScript runs a script in a shell of its own, as CI systems do.
func runScript(t *testing.T, env []string, dir, script string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	cmd.Env, cmd.Dir = env, dir
	out, err := os.Create(filepath.Join(t.TempDir(), "output")) // not a pipe: a sandbox in the background would keep it open
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		t.Fatalf("%v\n%s\n--- output\n%s", err, script, said)
	}
}

// pipelineScripts returns what a GitHub workflow or a GitLab pipeline runs, without the
// installation of roamctl and the cleanup after a job.
func pipelineScripts(t *testing.T, text string) (scripts []string) {
	t.Helper()
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
		t.Fatal(err)
	}
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			if step.Run != "" && !strings.HasPrefix(step.Name, "Install") {
				scripts = append(scripts, step.Run)
			}
		}
	}
	if workflow.Jobs == nil {
		var pipeline map[string]struct{ Script []string }
		if err := yaml.Unmarshal([]byte(text), &pipeline); err != nil {
			t.Fatal(err)
		}
		for _, job := range pipeline {
			stop := `trap 'kill "$ROAMCTL_SANDBOX_PID"' EXIT` // what after_script is for
			scripts = append(scripts, strings.Join(slices.Concat(job.Script[:1], []string{stop}, job.Script[1:]), "\n"))
		}
	}
	if len(scripts) == 0 {
		t.Fatalf("nothing to run in\n%s", text)
	}
	return scripts
}
