package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func tree() *cobra.Command {
	root := &cobra.Command{Use: "roamctl", Short: "Root"}
	verb := &cobra.Command{Use: "list", Short: "List them", Run: func(*cobra.Command, []string) {}}
	noun := &cobra.Command{Use: "things", Short: "Things"}
	noun.AddCommand(verb)
	root.AddCommand(noun)
	return root
}

// files reads all files under dir.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "docs", "reference", "roamctl_gone.md")
	if err := os.MkdirAll(filepath.Dir(stale), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stale, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := generate(tree(), dir); err != nil {
		t.Fatal(err)
	}
	got := files(t, dir)
	for _, name := range []string{
		"docs/sandbox-coverage.md", "docs/reference/roamctl.md", "docs/reference/roamctl_things_list.md", "docs/reference/roamctl_completion_zsh.md",
		"docs/man/roamctl.1", "docs/man/roamctl-things-list.1",
		"completions/roamctl.bash", "completions/roamctl.zsh", "completions/roamctl.fish", "completions/roamctl.ps1",
	} {
		if got[name] == "" {
			t.Errorf("%s is missing or empty", name)
		}
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("the page of a command that is gone is still there")
	}
	if page := got["docs/man/roamctl.1"]; !strings.Contains(page, `.TH "ROAMCTL" "1" ""`) {
		t.Errorf("the man page has a date, so that it drifts:\n%.200s", page)
	}

	again := t.TempDir()
	if err := generate(tree(), again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, files(t, again)); diff != "" {
		t.Errorf("a second run differs:\n%s", diff)
	}
}
