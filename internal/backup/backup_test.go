package backup

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestBackupRoundTrip(t *testing.T) {
	folder := written(t, 5, options())
	for _, path := range []string{folder, packed(t, folder)} {
		m, err := Verify(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if m.Messages != 5 || m.Conversations != 1 || m.First.ID != message(1).ID || m.Last.ID != message(5).ID {
			t.Errorf("%s: %+v", path, m)
		}
		if diff := cmp.Diff(options().Scope, m.Scope); diff != "" {
			t.Error(diff)
		}
		b, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		n := 5
		for got, err := range b.Messages() {
			if err != nil {
				t.Fatal(err)
			}
			want := message(n)
			want.Ext = map[string]any{"big": json.Number("18446744073709551615")}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			n--
		}
		if n != 0 {
			t.Errorf("%d messages are missing", n)
		}
		for got, err := range conversations(b) {
			if err != nil || got.ID != "bob" || got.LastMessage.ID != message(1).ID {
				t.Errorf("%+v, %v", got, err)
			}
		}
	}
}

// TestOddMessagesAreBackedUp: whatever the service hands out is in the copy.
func TestOddMessagesAreBackedUp(t *testing.T) {
	noID, noTime, number := message(1), message(2), message(3)
	noID.ID = 0
	noTime.Timestamp = roaming.Time{}
	number.Timestamp, number.RawTimestamp = roaming.Time{}, "1763600000000000"
	added := []roaming.Message{noID, noTime, noID, number, message(4)}
	o := options()
	o.Fetcher = &shelf{content: map[string]string{"https://x/1": "a"}}
	w, err := Create(t.Context(), t.TempDir(), "b", o)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range added {
		if err := w.AddMessage(m); err != nil {
			t.Fatal(err)
		}
	}
	image := noID
	image.Kind, image.Body = roaming.Image, map[string]any{"url": "https://x/1", "filename": "cat.png"}
	if err := errors.Join(w.AddAttachments(t.Context(), image), w.AddAttachments(t.Context(), image)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{w.Path(), packed(t, w.Path())} {
		m, err := Verify(t.Context(), path)
		if err != nil || m.Messages != len(added) || m.Last.ID != message(4).ID || m.Attachments.Saved != 2 {
			t.Fatalf("%+v, %v", m, err)
		}
		b, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		for got, err := range b.Messages() {
			if err != nil {
				t.Fatal(err)
			}
			if want := added[i]; got.ID != want.ID || got.Timestamp != want.Timestamp || got.RawTimestamp != want.RawTimestamp {
				t.Errorf("%+v, want %+v", got, want)
			}
			i++
		}
		for a, err := range attachmentLines(b) {
			if err != nil || !strings.Contains(a.Name, "no-id-cat.png") {
				t.Errorf("%+v, %v", a, err)
			}
		}
	}
}

func TestAnEmptyBackupIsABackup(t *testing.T) {
	w, err := Create(t.Context(), t.TempDir(), "b", options())
	if err != nil {
		t.Fatal(err)
	}
	w.NotVisible(7)
	m, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m.First != nil || m.Messages != 0 || len(m.Scope.NotVisible) != 1 || len(m.Digest) != digestDigits {
		t.Errorf("%+v", m)
	}
	again, err := Verify(t.Context(), w.Path())
	if diff := cmp.Diff(m, again); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestMessagesWithoutRawBytesAreRefused(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(t.Context(), dir, "b", options())
	if err != nil {
		t.Fatal(err)
	}
	m := message(1)
	m.Raw = nil
	if err := w.AddMessage(m); fault.KindOf(err) != fault.Safety || !mentions(err, m.ID.String(), "raw") {
		t.Errorf("got %v", err)
	}
	if err := w.AddMessage(message(2)); err == nil {
		t.Error("the writer goes on after an error")
	}
	if _, err := w.Commit(t.Context()); err == nil {
		t.Error("a backup that lacks a message was completed")
	}
	leftNothing(t, dir)
}

func TestAbortLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(t.Context(), dir, "b", options())
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(w, 3); err != nil {
		t.Fatal(err)
	}
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	if _, err := w.Commit(t.Context()); err == nil {
		t.Error("committed after Abort")
	}
	leftNothing(t, dir)
}

func leftNothing(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestNamesAreUnique(t *testing.T) {
	dir := t.TempDir()
	var got []string
	for range 3 {
		w, err := Create(t.Context(), dir, "../a:b", options())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Abort() })
		if len(got) < 2 { // two are complete, one is not
			if _, err := w.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		got = append(got, filepath.Base(w.Path()))
	}
	if diff := cmp.Diff([]string{"_a_b", "_a_b-2", "_a_b-3"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOthersCanNotRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no file modes")
	}
	dir := filepath.Join(t.TempDir(), "new", "backups")
	w, err := Create(t.Context(), dir, "b", options())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		files++
		return err
	})
	if err != nil || files != 6 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestCreateChecksFreeSpace(t *testing.T) {
	dir := t.TempDir()
	o := options()
	o.MinFree, o.free = 100<<20, func(string) (int64, bool) { return 99 << 20, true }
	if _, err := Create(t.Context(), dir, "b", o); fault.KindOf(err) != fault.Safety || !fault.AffectsAllUsers(err) || !mentions(err, "99 MiB") {
		t.Errorf("got %v", err)
	}
	leftNothing(t, dir)
	o.free = func(string) (int64, bool) { return o.MinFree, true }
	if w, err := Create(t.Context(), dir, "b", o); err != nil || w.Abort() != nil {
		t.Errorf("just enough: %v", err)
	}
	told := slices.Contains([]string{"linux", "darwin", "windows"}, runtime.GOOS)
	if n, ok := fsutil.FreeSpace(dir); ok != told || ok && n <= 0 {
		t.Errorf("FreeSpace is %d, %v", n, ok)
	}
	if n, ok := fsutil.FreeSpace(filepath.Join(dir, "absent")); ok {
		t.Errorf("%d bytes are free in a folder that does not exist", n)
	}
}

func TestFoldersWithoutAManifestAreRefused(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]fault.Kind{
		filepath.Join(dir, "absent"): fault.NotFound,
		dir:                          fault.Safety, // a folder without a manifest
	} {
		if _, err := Open(path); fault.KindOf(err) != want {
			t.Errorf("Open %s: %v", path, err)
		}
		if _, err := Verify(t.Context(), path); fault.KindOf(err) != want {
			t.Errorf("Verify %s: %v", path, err)
		}
	}
}

func TestUnfinishedBackupsAreRefused(t *testing.T) {
	whole := written(t, 2, options())
	partial := filepath.Join(filepath.Dir(whole), partialName("b"))
	if err := os.Rename(whole, partial); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(t.Context(), partial); fault.KindOf(err) != fault.Safety || !mentions(err, "interrupted") {
		t.Errorf("got %v", err)
	}
	if list, err := List(filepath.Dir(whole)); err != nil || len(list) > 0 {
		t.Errorf("listed: %v, %v", list, err)
	}
}

// TestFilesThatCanNotBeMade: without one of its files a backup does not begin.
func TestFilesThatCanNotBeMade(t *testing.T) {
	for failing := range 3 {
		dir, n := t.TempDir(), 0
		o := options()
		o.Fetcher = &shelf{}
		o.create = func(path string) (file, error) {
			n++
			if n > failing {
				return nil, fs.ErrPermission
			}
			return createFile(path)
		}
		if _, err := Create(t.Context(), dir, "b", o); fault.KindOf(err) != fault.Safety || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%d: %v", failing, err)
		}
		leftNothing(t, dir)
	}
}

// TestTheLongestLine: what is written can be read again, so no line is longer
// than reading takes.
func TestTheLongestLine(t *testing.T) {
	w, err := Create(t.Context(), t.TempDir(), "b", options())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	text := strings.Repeat("a", maxLine-len("\"\"\n"))
	if err := w.writeLine(io.Discard, text); err != nil {
		t.Error(err)
	}
	if err := w.writeLine(io.Discard, text+"a"); !mentions(err, "more than") {
		t.Errorf("got %v", err)
	}
}
