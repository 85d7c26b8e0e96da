package export

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/run"
)

// A part holds as many records as fit. A record that is larger than a part has one
// of its own. New records go to new parts.
func TestPartSizes(t *testing.T) {
	v := &outputFile{root: t.TempDir(), path: "x.ndjson", encoder: ndjson{}, partSize: 10}
	v.temp = filepath.Join(v.root, "aside")
	for _, line := range []string{"1234\n", "1234\n", "1234\n", "123456789012\n", "1\n", "123456789\n"} {
		if err := v.add([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.finish(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"x-0001.ndjson": "1234\n1234\n", "x-0002.ndjson": "1234\n", "x-0003.ndjson": "123456789012\n", "x-0004.ndjson": "1\n", "x-0005.ndjson": "123456789\n",
	}
	if diff := cmp.Diff(want, tree(t, v.root)); diff != "" {
		t.Error(diff)
	}
	for i, f := range v.files {
		if f.Part != i+1 || f.Bytes != int64(len(want[f.Path])) || f.Content != f.Bytes || f.Records != max(1, 2-i) || f.Volume != v.path {
			t.Errorf("%+v", f)
		}
	}
	more := &outputFile{root: v.root, path: v.path, encoder: ndjson{}, partSize: 10, before: v.files, temp: v.temp}
	if err := more.add([]byte("new\n")); err != nil {
		t.Fatal(err)
	}
	if err := more.finish(); err != nil || len(more.files) != 1 || more.files[0].Path != "x-0006.ndjson" {
		t.Errorf("%+v, %v", more.files, err)
	}
}

// Records are added to a file that did not change, in place of what a killed run
// has added.
func TestAddingToAFile(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		ok   bool
	}{
		"as it was":   {"one\n", true},
		"it goes on":  {"one\ntorn", true},
		"cut off":     {"one", false},
		"changed":     {"uno\n", false},
		"empty":       {"", false},
		"not the end": {"\none\n", false},
	} {
		v := &outputFile{root: t.TempDir(), path: "x", encoder: table{}}
		v.temp = filepath.Join(v.root, "aside")
		first := &outputFile{root: v.root, path: "x", encoder: ndjson{}, temp: v.temp}
		if err := first.add([]byte("one\n")); err != nil {
			t.Fatal(err)
		}
		if err := first.finish(); err != nil {
			t.Fatal(err)
		}
		v.before = first.files
		if err := os.WriteFile(filepath.Join(v.root, "x"), []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := v.add([]byte(`{"user":"a","id":"7"}`))
		if !tt.ok {
			if fault.KindOf(err) != fault.Safety {
				t.Errorf("%s: %v", name, err)
			}
			v.abort()
			if got := tree(t, v.root); len(got) != 1 || got["x"] != tt.text {
				t.Errorf("%s: %q", name, got)
			}
			continue
		}
		if err != nil {
			t.Fatal(name, err)
		}
		if err := v.finish(); err != nil {
			t.Fatal(name, err)
		}
		added := "a,7,,,'\n" // without the table's header, which is the first file's
		if diff := cmp.Diff(map[string]string{"x": "one\n" + added}, tree(t, v.root)); diff != "" {
			t.Error(name, diff)
		}
		want := run.File{Path: "x", Volume: "x", Bytes: 4 + int64(len(added)), Content: 4 + int64(len(added)), Records: 2, SHA256: v.files[0].SHA256}
		if diff := cmp.Diff([]run.File{want}, v.files); diff != "" || len(want.SHA256) != 64 {
			t.Error(name, diff)
		}
	}
}

func TestEmptyOutputFile(t *testing.T) {
	v := &outputFile{root: t.TempDir(), path: "x", encoder: ndjson{}}
	v.temp = filepath.Join(v.root, "aside")
	if err := v.finish(); err != nil || len(v.files) != 0 || len(tree(t, v.root)) != 0 {
		t.Errorf("%v, %v", v.files, err)
	}
	v.abort()
}

// A file is closed once, and its error is reported once.
func TestFilesAreClosedOnce(t *testing.T) {
	dir := t.TempDir()
	o := &outputFile{root: dir, path: "x", encoder: ndjson{}, temp: filepath.Join(dir, "temp")}
	for _, o.compress = range []bool{false, true, true} {
		if err := o.add([]byte("one\n")); err != nil {
			t.Fatal(err)
		}
		if err := o.file.Close(); err != nil { // so that finish fails
			t.Fatal(err)
		}
		if err := o.finish(); strings.Count(fmt.Sprint(err), os.ErrClosed.Error()) != 1 {
			t.Errorf("finish: %v", err)
		}
		o.abort()
		if err := closeOnce(&o.file); err != nil || len(o.files) != 0 || len(tree(t, dir)) != 0 {
			t.Errorf("close after abort: %v, %v, %v", err, o.files, tree(t, dir))
		}
	}

	c := &conversation{path: filepath.Join(dir, "temp"), seen: &seen{}}
	if err := c.open(); err != nil {
		t.Fatal(err)
	}
	if err := c.file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.finish(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("finish: %v", err)
	}
	if err := closeOnce(&c.file); err != nil {
		t.Errorf("close after finish: %v", err)
	}
}
