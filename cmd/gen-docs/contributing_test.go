package main

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// source is the text of the Go files of the repository, by path.
func source(t *testing.T, root fs.FS) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, top := range []string{"cmd", "internal"} {
		err := fs.WalkDir(root, top, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".go" {
				return err
			}
			text, err := fs.ReadFile(root, name)
			all[name] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestContributing: docs/CONTRIBUTING.md names files, packages and declarations that are
// there, and has every package and the linter's layers.
func TestContributing(t *testing.T) {
	root := os.DirFS(filepath.Join("..", ".."))
	files := source(t, root)
	read := func(name string) string {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	text := between(t, read("docs/CONTRIBUTING.md"), "## Where things are", "## Glossary")
	isName := regexp.MustCompile("`((?:[a-z]\\w*|NOUN)(?:[/.][*\\w]+)+)`")
	for _, m := range isName.FindAllStringSubmatch(text, -1) {
		if name := m[1]; !strings.Contains(name, "NOUN") && !exists(root, files, name) {
			t.Errorf("%s is not there", name)
		}
	}

	folders := between(t, text, "| folder |", "Imports run one way")
	yaml := read(".golangci.yaml")
	layered := append(layer(t, yaml, "work"), layer(t, yaml, "parts")...)
	layered = append(layered, layer(t, yaml, "domain")...)
	layered = append(layered, "app", "cli", "cmd", "console")
	testsOnly := []string{"bench", "childtest", "e2e", "vendorclient"}
	for _, name := range slices.Sorted(maps.Keys(packages(files))) {
		if !strings.Contains(folders, "`internal/"+name+"`") && name != "cmd" && name != "e2e" {
			t.Errorf("internal/%s is in no row of folders", name)
		}
		if !slices.Contains(layered, name) && !slices.Contains(testsOnly, name) {
			t.Errorf("internal/%s is in no layer of .golangci.yaml", name)
		}
	}
	var work []string
	for _, m := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(between(t, text, "3. the work", "4. "), -1) {
		work = append(work, m[1])
	}
	slices.Sort(work)
	if diff := cmp.Diff(layer(t, yaml, "work"), work); diff != "" {
		t.Errorf("the work in .golangci.yaml and docs/CONTRIBUTING.md (-want +got):\n%s", diff)
	}
}

// exists reports whether a path, a file's name, or a declaration after its package's name
// is there. Paths may begin below internal and be patterns.
func exists(root fs.FS, files map[string]string, name string) bool {
	for _, pattern := range []string{name, "internal/" + name, "internal/cmd/shared/" + name} {
		if found, _ := fs.Glob(root, pattern); len(found) > 0 {
			return true
		}
	}
	if strings.HasSuffix(name, ".go") && !strings.Contains(name, "/") {
		return slices.ContainsFunc(slices.Collect(maps.Keys(files)), func(file string) bool { return path.Base(file) == name })
	}
	pkg, names, _ := strings.Cut(name, ".")
	declared := regexp.MustCompile(`(?m)^(?:func (?:\([^)]*\) )?|type |var |const |\t)` + names[strings.LastIndex(names, ".")+1:] + `\b`)
	for file, text := range files {
		if pkg == strings.ToLower(pkg) && path.Base(path.Dir(file)) != pkg && !strings.Contains(text, "type "+pkg+" ") {
			continue
		}
		if declared.MatchString(text) {
			return true
		}
	}
	return false
}

// packages are the folders directly below internal.
func packages(files map[string]string) map[string]bool {
	all := map[string]bool{}
	for file := range files {
		if rest, ok := strings.CutPrefix(file, "internal/"); ok {
			name, _, _ := strings.Cut(rest, "/")
			all[name] = true
		}
	}
	return all
}

// layer is the packages of a rule of depguard, sorted.
func layer(t *testing.T, yaml, name string) (all []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`internal/(\w+)/`).FindAllStringSubmatch(between(t, yaml, "\n        "+name+":\n", "deny:"), -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return all
}

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, text, ok := strings.Cut(text, from)
	text, _, ended := strings.Cut(text, to)
	if !ok || !ended {
		t.Fatalf("nothing is between %q and %q", from, to)
	}
	return text
}
