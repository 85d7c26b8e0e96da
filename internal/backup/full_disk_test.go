package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// disk counts what is written to all files and is full after so much.
type disk struct{ left int }

func (d *disk) create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	return &diskFile{f, d}, err
}

type diskFile struct {
	*os.File
	disk *disk
}

func (f *diskFile) Write(b []byte) (int, error) {
	if len(b) > f.disk.left {
		n, _ := f.File.Write(b[:f.disk.left])
		f.disk.left = 0
		return n, &fs.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
	}
	f.disk.left -= len(b)
	return f.File.Write(b)
}

// TestFullDisk lets the disk be full after every number of bytes that
// a backup takes: each time it is refused, and nothing of it stays.
func TestFullDisk(t *testing.T) {
	complete := false
	for size := 0; !complete; size += 31 {
		dir := t.TempDir()
		o := options()
		o.create = (&disk{left: size}).create
		o.Fetcher = fetcher{content: "meow"}
		err := attempt(t, dir, o, 20)
		if complete = err == nil; complete {
			if size < 1000 {
				t.Errorf("%d bytes were enough: the disk is not looked at", size)
			}
			return
		}
		if fault.KindOf(err) != fault.Safety || !errors.Is(err, syscall.ENOSPC) || !mentions(err, "nothing was deleted") {
			t.Fatalf("%d bytes: %v", size, err)
		}
		leftNothing(t, dir)
	}
}

// attempt makes a backup of n messages with text that does not compress.
func attempt(t *testing.T, dir string, o Options, n int) error {
	t.Helper()
	w, err := Create(t.Context(), dir, "b", o)
	if err != nil {
		return err
	}
	if err = fill(w, n); err == nil && o.Fetcher != nil {
		m := message(1)
		m.Body = map[string]any{"url": "https://x/1"}
		err = w.AddAttachments(t.Context(), m)
	}
	if err != nil {
		return errors.Join(err, w.Abort())
	}
	_, err = w.Commit(t.Context())
	return err
}

// noise is a message of about 48 kB that does not compress.
func noise(n int) roaming.Message {
	m := message(n)
	m.Raw = make([]byte, 48<<10)
	state := uint64(n)*0x9e3779b97f4a7c15 + 1
	for i := range m.Raw {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		m.Raw[i] = byte(state)
	}
	return m
}

// overfill writes until the disk refuses.
func overfill(t *testing.T, dir string) error {
	t.Helper()
	o := options()
	o.MinFree = 1
	w, err := Create(t.Context(), dir, "b", o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if err := w.AddMessage(noise(i + 1)); err != nil {
			break
		}
	}
	_, err = w.Commit(t.Context())
	return err
}

func TestReadBackFindsLostData(t *testing.T) {
	dir := t.TempDir()
	o := options()
	o.create = func(path string) (file, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if strings.HasSuffix(path, messagesName) {
			return &lossy{f}, err
		}
		return f, err
	}
	err := attempt(t, dir, o, 5)
	if fault.KindOf(err) != fault.Safety || !mentions(err, messagesName, filepath.Join(dir, "b")) {
		t.Errorf("got %v", err)
	}
	leftNothing(t, dir)
}

// lossy says that everything is on the disk, where a byte is another one.
type lossy struct{ *os.File }

func (l *lossy) Sync() error {
	b := make([]byte, 1)
	if _, err := l.ReadAt(b, 30); err != nil {
		return err
	}
	b[0] ^= 1
	_, err := l.WriteAt(b, 30)
	return err
}
