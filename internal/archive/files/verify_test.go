package files

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestVerifyNamesMissingChangedAndUnusedFiles(t *testing.T) {
	h := newHost(t, map[string]http.HandlerFunc{"/1": content("one"), "/2": content("two"), "/3": content("three")})
	s := opened(t, message("1", roaming.File, 0, h.URL+"/1"), message("2", roaming.File, 0, h.URL+"/2"), message("3", roaming.File, 0, h.URL+"/3"))
	s.fetched(t)
	path := func(of string) string { return filepath.Join(s.Folder.Path, sum(of)[:2], sum(of)) }
	if err := os.Remove(path("one")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("two"), []byte("twO"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path("four")), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("four"), []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.Folder.Copy(&out, sum("three")); err != nil || out.String() != "three" {
		t.Errorf("%q, %v", &out, err)
	}
	if err := s.Folder.Copy(io.Discard, sum("two")); fault.KindOf(err) != fault.Safety {
		t.Errorf("a changed file: %v", err)
	}
	if err := s.Folder.Copy(io.Discard, sum("one")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	want := []string{
		" the attachment " + sum("four") + " is of no message: remove it from " + s.Folder.Path,
		"1 its attachment " + sum("one") + " is missing in " + s.Folder.Path,
		"2 its attachment " + sum("two") + " has changed since it was fetched",
	}
	if diff := cmp.Diff(want, s.damage(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
