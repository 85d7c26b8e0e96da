//go:build !windows

package backup

import (
	"errors"
	"os"
	"syscall"
)

// syncFolder makes what was created or renamed in a folder last through a
// power cut. File systems that can't do that for folders say so; then there is
// nothing more to do.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
