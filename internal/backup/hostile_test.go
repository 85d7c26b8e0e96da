package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fault"
)

// signed is a manifest of these fields with the right digest.
func signed(fields string) []byte {
	b := []byte("{" + fields + `"digest": "` + strings.Repeat("0", digestDigits) + digestEnd)
	sum := sha256.Sum256(b)
	copy(b[len(b)-len(digestEnd)-digestDigits:], hex.EncodeToString(sum[:]))
	return b
}

// hostile is an archive of these members, with the right checksum.
func hostile(t *testing.T, dir string, window int, members ...member) string {
	t.Helper()
	var packed bytes.Buffer
	z, err := zstd.NewWriter(&packed, zstd.WithWindowSize(window))
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, m := range members {
		h := &tar.Header{Name: "b/" + m.name, Typeflag: tar.TypeReg, Mode: 0o600, Size: m.size, PAXRecords: m.pax}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, io.LimitReader(m.content, m.size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(packed.Bytes())
	path := filepath.Join(dir, fmt.Sprintf("b%d", packed.Len())+archiveSuffix)
	if err := os.WriteFile(path, append(packed.Bytes(), checksumFrame(sum[:])...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type member struct {
	name    string
	size    int64
	content io.Reader
	pax     map[string]string
}

// endless is a text without end.
type endless string

func (e endless) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		n += copy(b[n:], e)
	}
	return n, nil
}

func memberOf(name string, content []byte) member {
	return member{name: name, size: int64(len(content)), content: bytes.NewReader(content)}
}

// TestSmallArchivesThatUnpackToMuch lists and verifies archives of some
// kilobytes that unpack to hundreds of megabytes: neither takes memory for them.
func TestSmallArchivesThatUnpackToMuch(t *testing.T) {
	const large = 300 << 20
	for name, members := range map[string][]member{
		"spaces":          {{name: manifestName, size: large, content: endless(strings.Repeat(" ", 1<<16))}},
		"one long string": {{name: manifestName, size: large, content: io.MultiReader(strings.NewReader(`{"tool":"`), endless(strings.Repeat("a", 1<<16)))}},
		"many files":      {{name: manifestName, size: large, content: io.MultiReader(strings.NewReader(`{"files":[`), endless(strings.Repeat("{},", 1<<14)))}},
		"many IDs":        {{name: manifestName, size: large, content: io.MultiReader(strings.NewReader(`{"query":{"ids":[`), endless(strings.Repeat(`"1",`, 1<<14)))}},
		"a long member":   {memberOf(manifestName, signed(`"format":2,`)), {name: messagesName, size: large, content: endless(strings.Repeat("\x00", 1<<16))}},
		"a large window":  {{name: manifestName, size: large, content: endless(strings.Repeat("{", 1<<16))}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			window := window
			if name == "a large window" {
				window = 64 << 20
			}
			path := hostile(t, dir, window, members...)
			info, err := os.Stat(path)
			if err != nil || info.Size() > 128<<10 {
				t.Fatalf("%v, %v", info.Size(), err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			entries, err := List(dir)
			if err != nil || len(entries) != 1 {
				t.Fatal(entries, err)
			}
			if name != "a long member" && !mentions(entries[0].Problem, path) {
				t.Errorf("listed: %v", entries[0].Problem)
			}
			if _, err := Verify(t.Context(), path); fault.KindOf(err) != fault.Safety || !mentions(err, path) {
				t.Errorf("verified: %v", err)
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 96<<20 {
				t.Errorf("%d MiB were taken", took>>20)
			}
		})
	}
}

// A manifest in a folder is as long as its file, so that no archive bounds it.
func TestManifestsAreBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		text    string
		problem string
	}{
		"a long value":        {`"tool":"` + strings.Repeat("a", 3*maxValue) + `",`, "value of more than"},
		"a long list's value": {`"files":[{"name":"` + strings.Repeat("a", 3*maxValue) + `"}],`, "value of more than"},
		"a file without name": {`"format":2,"files":[{}],`, "without a name"},
		"many fields":         {fields(100), "too many fields"},
		"another type":        {`"files":7,`, "should be"},
		"an ID that is none":  {`"query":{"ids":["x"]},`, "x"},
		"another format":      {`"format":9,`, "format 9"},
		"something behind":    {`"format":2},{`, "after its end"},
		"a digest of its own": {`"format":2,"query":{"digest":"x"},"Digest":"` + strings.Repeat("1", digestDigits) + `",`, ""},
	} {
		m, err := decodeManifest(bytes.NewReader(signed(tt.text)), true)
		if (tt.problem == "") != (err == nil) || err != nil && !mentions(err, tt.problem) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (m.Format != Format || m.Digest == "") {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if _, err := decodeManifest(io.LimitReader(endless(strings.Repeat(" ", 1<<16)), maxManifest+1), true); !mentions(err, "too large") {
		t.Errorf("an endless one: %v", err)
	}
	for n := range digestDigits {
		if _, err := decodeManifest(strings.NewReader(strings.Repeat("0", n)+digestEnd), true); !mentions(err, "does not end in a digest") {
			t.Errorf("one of %d digits: %v", n, err)
		}
	}
}

func fields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"f%d":1,`, i)
	}
	return b.String()
}

// TestListsCanBeLeftOut: what a list of backups shows needs neither files nor IDs.
func TestListsCanBeLeftOut(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(written(t, 2, options()), manifestName))
	if err != nil {
		t.Fatal(err)
	}
	for _, lists := range []bool{true, false} {
		m, err := decodeManifest(bytes.NewReader(b), lists)
		if err != nil || m.User != "alice" || m.Scope.RunID != "r1" || m.Messages != 2 || m.First == nil {
			t.Errorf("%+v, %v", m, err)
		}
		if got := len(m.Files) == 2 && len(m.Scope.IDs) == 3; got != lists {
			t.Errorf("lists %v: %+v", lists, m)
		}
	}
}

// Holes in a tar's file can be of any size and take no room.
func TestSparseFilesAreRefused(t *testing.T) {
	m := memberOf(manifestName, signed(`"format":2,`))
	h := tar.Header{Typeflag: tar.TypeReg, PAXRecords: map[string]string{"GNU.sparse.major": "1"}}
	if !sparse(&h) || sparse(&tar.Header{PAXRecords: map[string]string{"path": "x"}}) {
		t.Error("sparse files are not told from others")
	}
	if _, err := Open(hostile(t, t.TempDir(), window, m)); err != nil {
		t.Error(err)
	}
}
