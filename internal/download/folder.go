package download

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// manifestName is the manifest's name in the folder.
const manifestName = "manifest.ndjson"

const (
	workName    = ".fetch" // the folder of the lock, the journal and files that are not complete
	lockName    = "lock"
	journalName = "journal.ndjson"
)

// Header is the first line of a manifest.
type Header struct {
	Format int    `json:"format"`
	AppKey string `json:"app_key"` // "" if the first source did not say
	User   string `json:"user"`
}

// Folder is an output folder that is open for a run.
type Folder struct {
	dir     string
	header  Header
	entries map[key]*Entry
	digests map[string]string // of files in the folder, to their names
	names   attachments.Names
	old     []Entry // whose files later ones replaced
	journal *os.File
	unlock  func() error
}

// Open opens a folder and locks it. The folder is new or empty, or has the manifest of
// an earlier run for the same user, or the journal of an interrupted one; any other is
// a fault.Safety.
func Open(dir string, h Header) (_ *Folder, err error) {
	f := &Folder{dir: dir, header: h, entries: map[key]*Entry{}, digests: map[string]string{}}
	if err := f.checkOwn(); err != nil {
		return nil, err
	}
	if err := fsutil.Folder(f.work()); err != nil {
		return nil, f.fault(err)
	}
	unlock, ok, err := fsutil.TryLock(filepath.Join(f.work(), lockName))
	if err != nil {
		return nil, f.fault(err)
	}
	if !ok {
		return nil, fault.New(fault.Safety, "another roamctl saves attachments in %s", dir).WithHint("wait for it, or use another folder")
	}
	f.unlock = unlock
	if err := cmp.Or(f.load(), f.fault(f.removeOld()), f.reserve()); err != nil {
		return nil, errors.Join(err, unlock())
	}
	if err := f.openJournal(); err != nil {
		return nil, err
	}
	return f, nil
}

// Look reads the folder of earlier runs, if there is one, and notes in items what it
// has. It changes nothing.
func Look(dir string, h Header, items []Item) error {
	f := &Folder{dir: dir, header: h, entries: map[key]*Entry{}, digests: map[string]string{}}
	if err := errors.Join(f.checkOwn(), f.load()); err != nil {
		return err
	}
	f.Known(items)
	return nil
}

// Known notes in items what the folder has.
func (f *Folder) Known(items []Item) {
	for n := range items {
		if e := f.saved(&items[n]); e != nil {
			items[n].Entry = *e
		}
	}
}

func (f *Folder) work() string            { return filepath.Join(f.dir, workName) }
func (f *Folder) path(name string) string { return filepath.Join(f.dir, name) }

// checkOwn refuses a folder that has files and is not one of attachments.
func (f *Folder) checkOwn() error {
	list, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return f.fault(err)
	}
	own := false
	for _, d := range list {
		own = own || d.Name() == manifestName || d.Name() == workName
	}
	if len(list) > 0 && !own {
		return fault.New(fault.Safety, "%s is not empty, and has no %s of attachments", f.dir, manifestName).
			WithHint("use a new folder: --out DIR; a folder of earlier attachments is continued")
	}
	return nil
}

// reserve takes the names of all files that are in the folder.
func (f *Folder) reserve() error {
	list, err := os.ReadDir(f.dir)
	for _, d := range list {
		f.names.Reserve(d.Name())
	}
	f.names.Reserve(manifestName)
	return err
}

// intact reports whether the file of an entry is in the folder, with its size.
func (f *Folder) intact(e *Entry) bool {
	if e.File == "" || e.File != filepath.Base(e.File) || !filepath.IsLocal(e.File) {
		return false
	}
	info, err := os.Lstat(f.path(e.File))
	return err == nil && info.Mode().IsRegular() && info.Size() == e.Size
}

// saved returns what the folder has of an attachment; nil if it is to be requested.
func (f *Folder) saved(i *Item) *Entry {
	if e := f.entries[i.key()]; e != nil && e.State == Saved {
		return e
	}
	return nil
}

// place moves a complete file to a name of its own, unless the folder has its content
// already, and notes the entry.
func (f *Folder) place(temp string, e *Entry) error {
	if name, ok := f.digests[e.SHA256]; ok {
		e.File = name
		return errors.Join(f.note(e), os.Remove(temp))
	}
	for {
		e.File = f.names.Take(e.File, e.SHA256)
		_, err := os.Lstat(f.path(e.File))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := f.note(e); err != nil { // before the file: no run replaces or deletes one that is not listed
		return err
	}
	if err := fsutil.Rename(temp, f.path(e.File)); err != nil {
		return err
	}
	f.digests[e.SHA256] = e.File
	return nil
}

// supersede notes that an entry has another file than before.
func (f *Folder) supersede(before, e *Entry) {
	if before != nil && before.File != "" && e.File != "" && e.File != before.File {
		f.old = append(f.old, *before)
	}
}

// removeOld removes files that no entry lists any more. It leaves those that were
// changed since, and runs before the manifest forgets them.
func (f *Folder) removeOld() error {
	listed := map[string]bool{}
	for _, e := range f.entries {
		listed[e.File] = true
	}
	for _, e := range f.old {
		if listed[e.File] || !f.hasDigest(&e) {
			continue
		}
		if err := os.Remove(f.path(e.File)); err != nil {
			return err
		}
		if f.digests[e.SHA256] == e.File {
			delete(f.digests, e.SHA256)
		}
	}
	f.old = nil
	return nil
}

// Close writes the manifest of all that is known, and ends the run. What is not
// complete stays for the next run.
func (f *Folder) Close() (err error) {
	defer func() { err = errors.Join(f.fault(err), f.unlock()) }()
	if err := errors.Join(f.removeOld(), f.write(f.path(manifestName))); err != nil {
		return errors.Join(err, f.journal.Close())
	}
	return errors.Join(f.journal.Close(), os.Remove(f.journal.Name()))
}

// fault is the error for a folder that can't be written to; nil for nil.
func (f *Folder) fault(err error) error {
	if err == nil || fault.KindOf(err) != fault.Bug {
		return err
	}
	return fault.Wrap(fault.Config, err, "cannot save attachments in %s", f.dir).WithHint("make room or give access, then run the same command again: it continues")
}
