package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCitations: what cites a section of the contract names docs/contract.md, in one form,
// and the section is there.
func TestCitations(t *testing.T) {
	root := filepath.Join("..", "..")
	contract, err := os.ReadFile(filepath.Join(root, "docs", "contract.md"))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (\d+)\. `).FindAllStringSubmatch(string(contract), -1) {
		sections[m[1]] = true
	}
	var (
		lineBreak = regexp.MustCompile(`\n[ \t]*(//|--|#)?[ \t]*`)
		cited     = regexp.MustCompile(`(?i)(\S*\bcontract(?:\.md)?),? sections? ((?:\d+(?:, | and | to )?)+)`)
		number    = regexp.MustCompile(`\d+`)
		count     int
	)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == ".git" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			return err
		}
		switch filepath.Ext(path) {
		case ".go", ".proto", ".sql", ".cjs", ".txtar":
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range cited.FindAllStringSubmatch(lineBreak.ReplaceAllString(string(text), " "), -1) {
			count++
			if where := strings.TrimLeft(m[1], "(`\""); where != "docs/contract.md" {
				t.Errorf("%s cites %q: write docs/contract.md, section N", path, m[0])
			}
			for _, n := range number.FindAllString(m[2], -1) {
				if !sections[n] {
					t.Errorf("%s cites section %s, which docs/contract.md does not have", path, n)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 50 {
		t.Errorf("%d citations were found: the test does not see them", count)
	}
}
