package backup

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// Pack makes a .tar.zst of a backup's folder, which stays. The backup is
// verified before, the archive afterwards, and only then given its name; an
// archive that is there already is not replaced (fault.Usage).
func Pack(ctx context.Context, from, out string) error {
	if !isArchive(filepath.Base(out)) || isPartial(filepath.Base(out)) {
		return fault.New(fault.Usage, "%s can't be the name of a packed backup", out).WithHint("it ends in %s", archiveSuffix)
	}
	if exists(out) {
		return fault.New(fault.Usage, "%s is there already", out)
	}
	m, err := Verify(ctx, from)
	if err != nil {
		return err
	}
	if err := pack(ctx, from, out, m); err != nil {
		return unpackable(out, err)
	}
	return nil
}

func unpackable(out string, err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.Wrap(fault.Safety, err, "the backup can't be packed into %s", out).WithHint("make room, or choose another folder")
}

// pack writes beside out until the archive is complete.
func pack(ctx context.Context, from, out string, m Manifest) (err error) {
	src, err := sourceAt(from)
	if err != nil {
		return err
	}
	w, err := anyWork(filepath.Dir(out), filepath.Base(out))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.remove()) }()
	packed := filepath.Join(w.path, packedName)
	f, err := os.OpenFile(packed, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(out), archiveSuffix)
	o := newOutput(name, f)
	err = writeArchive(ctx, o, src, name, m.Created.Time)
	if err == nil {
		_, err = f.Write(seal(o.sum.Sum(nil)))
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
	return errors.Join(os.Rename(packed, out), fsutil.SyncFolder(filepath.Dir(out)))
}

// writeArchive writes the tar, the same bytes for the same backup and name.
func writeArchive(ctx context.Context, w io.Writer, src source, name string, made time.Time) error {
	z, err := newEncoder(w)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	err = src.walk(ctx, func(file string, size int64, r io.Reader) error {
		err := t.WriteHeader(&tar.Header{
			Name: path.Join(name, file), Typeflag: tar.TypeReg, Mode: 0o600, Size: size, ModTime: made,
		})
		if err != nil {
			return err
		}
		_, err = io.Copy(t, r)
		return err
	})
	return errors.Join(err, t.Close(), z.Close())
}
