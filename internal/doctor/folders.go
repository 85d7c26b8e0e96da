package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/dustin/go-humanize"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// littleSpace is what a folder's disk should have free at least.
const littleSpace = 100 << 20

// folder is a folder of the tool's files.
type folder struct {
	name     string
	required bool // roamctl does not work without it
	private  bool // roamctl's own: nobody else looks into it
	path     string
	err      error // why the path is not known
	variable string
}

// folders checks where files are kept.
func (o Options) folders(ctx context.Context) []Check {
	f := o.Config.Folders()
	state := folder{name: "folder_state", required: true, private: true, variable: "XDG_STATE_HOME"}
	state.path, state.err = f.State()
	backups := folder{name: "folder_backups", required: true, variable: "backup_dir"}
	backups.path, backups.err = o.Config.BackupDir()
	list := []folder{state, backups}
	if o.Sandbox {
		data := folder{name: "folder_sandbox", required: true, variable: "sandbox_dir"}
		data.path, data.err = o.Config.SandboxDir()
		list = append(list, data)
	} else {
		settings := folder{name: "folder_config", variable: "XDG_CONFIG_HOME"}
		path, err := o.Config.Path()
		settings.path, settings.err = filepath.Dir(path), err
		cache := folder{name: "folder_cache", private: true, variable: "XDG_CACHE_HOME"}
		cache.path, cache.err = f.Cache()
		data := folder{name: "folder_data", variable: "XDG_DATA_HOME"} // of archives
		data.path, data.err = f.Data()
		list = append(list, settings, cache, data)
	}
	checks := make([]Check, len(list))
	for i, f := range list {
		checks[i] = f.check(ctx)
	}
	return checks
}

// check checks a folder.
func (f folder) check(ctx context.Context) Check {
	if f.err != nil {
		return f.unusable(f.err.Error(), fault.HintOf(f.err))
	}
	return f.bounded(ctx, f.look)
}

// bounded abandons look after a while: a network file system may hang.
func (f folder) bounded(ctx context.Context, look func() Check) Check {
	ctx, cancel := context.WithTimeout(ctx, localTime)
	defer cancel()
	done := make(chan Check, 1)
	go func() { done <- look() }()
	select {
	case c := <-done:
		return c
	case <-ctx.Done():
		return f.unusable(fmt.Sprintf("%s did not answer within %s", f.path, localTime), "check the network file system that it is on, or use another folder: "+f.variable)
	}
}

func (f folder) unusable(seen, fix string) Check {
	if f.required {
		return failed(f.name, fault.Config, seen, fix)
	}
	return warning(f.name, seen, fix)
}

// look tries what roamctl does in the folder, in a temporary folder of its own:
// in the nearest parent, if the folder does not exist yet.
func (f folder) look() Check {
	at, missing, err := existing(f.path)
	other := "use another folder: " + f.variable + " names it"
	if err != nil {
		return f.unusable(err.Error(), other)
	}
	free, known := fsutil.FreeSpace(at)
	locks, syncs, err := try(at)
	if err != nil {
		fix := "make the folder writable, or " + other
		if known && free < littleSpace {
			fix = "free space on the disk, or " + other
		}
		return f.unusable(fmt.Sprintf("%s cannot be written: %v", at, withoutPath(err)), fix)
	}
	seen := []string{f.path}
	if missing {
		seen = append(seen, "does not exist yet")
	}
	if !locks {
		return f.unusable(strings.Join(append(seen, "its file system has no file locks"), ", "), "use a folder on a local disk: "+f.variable+" names it")
	}
	seen = append(seen, "writable, has locks")
	if known {
		seen = append(seen, humanize.IBytes(uint64(max(0, free)))+" free")
	}
	open := f.private && !missing && f.mode()&0o077 != 0 && runtime.GOOS != "windows"
	switch text := strings.Join(seen, ", "); {
	case known && free < littleSpace:
		return warning(f.name, text, "free space on the disk, or "+other)
	case open:
		return warning(f.name, fmt.Sprintf("%s, mode %04o: other users of this machine can look into it", text, f.mode()), "chmod 700 "+f.path)
	case !syncs:
		return warning(f.name, text+", folders can't be synced: a power loss may lose the newest files", "use a folder on a local disk: "+f.variable+" names it")
	default:
		return passed(f.name, text)
	}
}

func (f folder) mode() fs.FileMode {
	info, err := os.Stat(f.path)
	if err != nil {
		return 0
	}
	return info.Mode().Perm()
}

// existing returns path, or its nearest parent that exists.
func existing(path string) (at string, missing bool, err error) {
	for at = filepath.Clean(path); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err == nil && info.IsDir():
			return at, missing, nil
		case err == nil:
			return at, missing, fmt.Errorf("%s is a file, not a folder", at)
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR), at == filepath.Dir(at):
			return at, missing, err
		}
		missing = true
	}
}

// try writes, syncs and locks a file in a temporary folder below dir.
func try(dir string) (locks, syncs bool, err error) {
	tmp, err := os.MkdirTemp(dir, ".roamctl-doctor-")
	if err != nil {
		return false, false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	if err := fsutil.Replace(filepath.Join(tmp, "file"), make([]byte, 4096)); err != nil {
		return false, false, err
	}
	unlock, ok, err := fsutil.TryLock(filepath.Join(tmp, "lock"))
	if fault.KindOf(err) == fault.Config {
		return false, false, nil
	}
	if err != nil || !ok {
		return false, false, err
	}
	return true, fsutil.SyncsFolders(tmp), unlock()
}

// withoutPath returns the cause of a file's error, without the temporary name.
func withoutPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
