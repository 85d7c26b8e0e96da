package backup

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// Pack writes a .tar.zst of a backup, and keeps the backup. It verifies the
// backup first and the archive afterwards, and only then gives the archive its
// name. It does not replace an existing file (fault.Usage).
func Pack(ctx context.Context, from, out string) error {
	if !isArchive(filepath.Base(out)) || isPartial(filepath.Base(out)) {
		return fault.New(fault.Usage, "invalid name for an archive: %s", out).WithHint("use a name that ends in %s", archiveSuffix)
	}
	if exists(out) {
		return fault.New(fault.Usage, "%s already exists", out)
	}
	m, err := Verify(ctx, from)
	if err != nil {
		return err
	}
	err = pack(ctx, from, out, m)
	if _, ok := errors.AsType[*fault.Error](err); err == nil || ok || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.Wrap(fault.Safety, err, "cannot pack the backup into %s", out).WithHint("make room, or choose another folder")
}

// pack writes in a work folder beside out until the archive is complete.
func pack(ctx context.Context, from, out string, m Manifest) (err error) {
	src, err := sourceAt(from)
	if err != nil {
		return err
	}
	w, _, err := anyWork(filepath.Dir(out), filepath.Base(out), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.remove()) }()
	packed := filepath.Join(w.path, packedName)
	f, err := fsutil.Create(packed)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(out), archiveSuffix)
	o := newOutput(name, f)
	err = writeArchive(ctx, o, src, name, m.Created.Time)
	if err == nil {
		_, err = f.Write(checksumFrame(o.sum.Sum(nil)))
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := o.finish(); err != nil {
		return err
	}
	if _, err := verify(ctx, archive(packed), out); err != nil {
		return err
	}
	return fsutil.Rename(packed, out)
}

// writeArchive writes the tar: the same bytes for the same backup and name.
func writeArchive(ctx context.Context, w io.Writer, src source, name string, created time.Time) error {
	z, err := newEncoder(w)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	err = src.walk(ctx, func(file string, size int64, r io.Reader) error {
		err := t.WriteHeader(&tar.Header{
			Name: path.Join(name, file), Typeflag: tar.TypeReg, Mode: 0o600, Size: size, ModTime: created,
		})
		if err != nil {
			return err
		}
		_, err = io.Copy(t, r)
		return err
	})
	if err == nil {
		err = t.Close() // after an error it would only say that a file is incomplete
	}
	return errors.Join(err, z.Close())
}
