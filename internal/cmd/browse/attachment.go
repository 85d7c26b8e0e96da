package browse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/source"
)

// maxAttachment bounds what is downloaded.
const maxAttachment = 100 << 20

// Attachment implements browse.Actions. A file that is not an image, sound or video by
// its content is only saved, with the ending .bin.
func (x *actions) Attachment(ctx context.Context, m source.Message) (string, error) {
	path, opened, err := x.save(ctx, m)
	if err != nil {
		return "", err
	}
	if !opened {
		return "saved " + x.shown(path) + "; not opened, since its content is no image, sound or video", nil
	}
	name, args := x.opener(path)
	if name == "" {
		return "saved " + x.shown(path) + "; there is no desktop to open it on", nil
	}
	if err := x.start(name, args...); err != nil {
		return fmt.Sprintf("saved %s; %s can't open it: %v", x.shown(path), name, err), nil
	}
	return "saved and opened " + x.shown(path), nil
}

// save downloads the file of a message. It reports whether it may be opened.
func (x *actions) save(ctx context.Context, m source.Message) (path string, opened bool, err error) {
	if err := fsutil.Folder(x.out); err != nil {
		return "", false, fault.Wrap(fault.Config, err, "cannot write to %s", x.out)
	}
	tmp, err := os.CreateTemp(x.out, ".roamctl-*") // 0600
	if err != nil {
		return "", false, fault.Wrap(fault.Config, err, "cannot write to %s", x.out)
	}
	defer func() {
		_ = tmp.Close()           // it is closed, or there is an error
		_ = os.Remove(tmp.Name()) // it was renamed, or is not wanted
	}()
	to := &attachments.LimitedWriter{W: tmp, Left: maxAttachment}
	switch err := x.src.Attachment(ctx, m, source.File, to); {
	case to.Err != nil:
		return "", false, fault.Wrap(fault.Config, to.Err, "cannot write to %s", x.out)
	case to.Exceeded:
		return "", false, fault.New(fault.Refused, "the attachment has more than %d MB", maxAttachment>>20)
	case errors.Is(err, fs.ErrNotExist):
		return "", false, fault.New(fault.NotFound, "the attachment is not there: the service keeps files for 7 days, or the source never had it")
	case err != nil:
		return "", false, fault.Wrap(fault.KindOf(err), err, "cannot fetch the attachment")
	}
	found, err := attachments.DetectIn(tmp)
	if err != nil {
		return "", false, err
	}
	declared, _ := m.Body["filename"].(string)
	if declared == "" {
		declared = "attachment-" + m.ID.String()
	}
	name := found.Name(declared)
	if opened = opens(found.Media) && found.Fits(name); !opened && !strings.HasSuffix(name, ".bin") {
		name += ".bin"
	}
	ending := filepath.Ext(name)
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return "", false, fault.Wrap(fault.Config, err, "cannot write to %s", x.out)
	}
	if path, err = x.claim(strings.TrimSuffix(name, ending), ending, reserve); err != nil {
		return "", false, err
	}
	if err := fsutil.Rename(tmp.Name(), path); err != nil {
		return "", false, fault.Wrap(fault.Config, errors.Join(err, os.Remove(path)), "cannot write %s", path)
	}
	return path, opened, nil
}

// reserve creates an empty file, for a rename that must not replace another's.
func reserve(path string) error {
	f, err := fsutil.Create(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// startProgram starts a program that outlives the browser, and ignores what it says.
func startProgram(name string, args ...string) error {
	cmd := exec.Command(name, args...) //nolint:gosec,noctx // it shows a file whose type was checked
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

// opener is the system's program that opens a file; "" without a desktop, where
// xdg-open would start a browser in this terminal.
func (x *actions) opener(path string) (name string, args []string) {
	switch {
	case runtime.GOOS == "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler", path}
	case runtime.GOOS == "darwin":
		return "open", []string{path}
	case x.app.Getenv("DISPLAY") == "" && x.app.Getenv("WAYLAND_DISPLAY") == "":
		return "", nil
	}
	return "xdg-open", []string{path}
}
