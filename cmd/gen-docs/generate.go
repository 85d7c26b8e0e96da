package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/roamctl/roamctl/internal/cli"
	"github.com/roamctl/roamctl/internal/cmd/sandbox"
)

// generate writes everything that is made from the command tree and from the sandbox's
// tables under dir, and removes what it wrote for commands that are gone.
func generate(root *cobra.Command, dir string) error {
	root.DisableAutoGenTag = true // it has today's date
	root.InitDefaultCompletionCmd()
	for _, target := range []struct {
		path  string
		write func(root *cobra.Command, dir string) error
	}{
		{"docs/reference", reference},
		{"docs/man", man},
		{"completions", completions},
	} {
		path := filepath.Join(dir, filepath.FromSlash(target.path))
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
		if err := target.write(root, path); err != nil {
			return fmt.Errorf("generating %s: %w", target.path, err)
		}
	}
	return os.WriteFile(filepath.Join(dir, "docs", "sandbox-coverage.md"), []byte(sandbox.CoverageDoc()), 0o644)
}

// reference writes a Markdown page for each command.
func reference(root *cobra.Command, dir string) error {
	return doc.GenMarkdownTree(root, dir)
}

// man writes a page of section 1 for each command. The date in a page's title
// would change from month to month: it is left empty.
func man(root *cobra.Command, dir string) error {
	header := doc.GenManHeader{Section: "1", Source: "roamctl", Manual: "roamctl manual", Date: &time.Time{}}
	if err := doc.GenManTree(root, &header, dir); err != nil {
		return err
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		text = bytes.Replace(text, []byte(`"Jan 0001"`), []byte(`""`), 1)
		if err := os.WriteFile(page, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// completions writes a script for each shell.
func completions(root *cobra.Command, dir string) error {
	for _, shell := range []struct {
		name, extension string
		generate        func(w io.Writer) error
	}{
		{"bash", "bash", func(w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
		{"zsh", "zsh", root.GenZshCompletion},
		{"fish", "fish", func(w io.Writer) error { return root.GenFishCompletion(w, true) }},
		{"powershell", "ps1", root.GenPowerShellCompletionWithDesc},
	} {
		var script bytes.Buffer
		if err := shell.generate(&script); err != nil {
			return err
		}
		hardened, err := cli.HardenCompletion(shell.name, script.String())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "roamctl."+shell.extension), []byte(hardened), 0o644); err != nil {
			return err
		}
	}
	return nil
}
