package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fsutil"
)

// archive is a packed backup: a tar compressed with zstd, followed by a
// skippable frame with the SHA-256 of all bytes before it. Unpackers ignore
// that frame; it makes each byte of the archive count.
type archive string

const (
	skippableMagic = 0x184D2A5D
	checksumLabel  = "roamctl-sha256:"
	checksumSize   = 8 + len(checksumLabel) + digestDigits
)

// checksumFrame returns the frame that ends an archive.
func checksumFrame(sum []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, skippableMagic)
	b = binary.LittleEndian.AppendUint32(b, uint32(checksumSize-8))
	return append(append(b, checksumLabel...), hex.EncodeToString(sum)...)
}

// unpacker reads an archive once, from its start.
type unpacker struct {
	path     string
	file     *os.File
	body     io.Reader // all but the checksum frame, hashed as it is read
	sum      hash.Hash
	checksum []byte // the checksum frame
	zstd     *zstd.Decoder
	tar      *tar.Reader
	size     int64 // of the archive
	n        int   // files so far
}

func (a archive) unpack(ctx context.Context) (_ *unpacker, err error) {
	f, err := fsutil.Open(string(a))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	u := &unpacker{path: string(a), file: f, sum: sha256.New(), checksum: make([]byte, checksumSize)}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	u.size = info.Size()
	size := u.size - int64(checksumSize)
	if size < 0 {
		return nil, u.damaged("", errors.New("it is too short"))
	}
	if _, err := f.ReadAt(u.checksum, size); err != nil {
		return nil, err
	}
	u.body = io.TeeReader(contextReader{ctx, io.NewSectionReader(f, 0, size)}, u.sum)
	if u.zstd, err = newDecoder(u.body); err != nil {
		return nil, u.damaged("", err)
	}
	u.tar = tar.NewReader(u.zstd)
	return u, nil
}

func (u *unpacker) close() error {
	u.zstd.Close()
	return u.file.Close()
}

func (u *unpacker) damaged(name string, err error) error {
	if isContextError(err) {
		return err
	}
	return damaged(u.path, name, 0, err)
}

// next returns the name and size of the next file, io.EOF at the end. All files
// are in one folder, whose name does not matter.
func (u *unpacker) next() (name string, size int64, err error) {
	h, err := u.tar.Next()
	if errors.Is(err, io.EOF) {
		return "", 0, err
	}
	if err != nil {
		return "", 0, u.damaged("", err)
	}
	_, name, ok := strings.Cut(h.Name, "/")
	if !ok || h.Typeflag != tar.TypeReg || sparse(h) {
		return "", 0, u.damaged("", fmt.Errorf("it contains %q, which is not a file of a backup", h.Name))
	}
	u.n++
	if u.n > maxListed {
		return "", 0, u.damaged("", fmt.Errorf("it contains more than %d files", maxListed))
	}
	if name == manifestName && h.Size > maxManifestIn(u.size) {
		return "", 0, u.damaged(name, fmt.Errorf("it has %d bytes, too many for an archive of %d", h.Size, u.size))
	}
	return name, h.Size, nil
}

// sparse reports whether a file has holes, which may be of any size.
func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// maxManifestIn returns the size of the largest plausible manifest in an
// archive. Digests and IDs don't compress a hundred times.
func maxManifestIn(archive int64) int64 { return 1<<20 + 100*archive }

// finish reads to the end and compares the checksum.
func (u *unpacker) finish() error {
	for _, r := range []io.Reader{u.zstd, u.body} {
		if _, err := io.Copy(io.Discard, r); err != nil {
			return u.damaged("", err)
		}
	}
	if !bytes.Equal(checksumFrame(u.sum.Sum(nil)), u.checksum) {
		return u.damaged("", errors.New("it was changed: the SHA-256 at its end does not match its bytes"))
	}
	return nil
}

func (a archive) walk(ctx context.Context, visit visitor) (err error) {
	u, err := a.unpack(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.close()) }()
	for first := true; ; first = false {
		name, size, err := u.next()
		if errors.Is(err, io.EOF) {
			return u.finish()
		}
		if err != nil {
			return err
		}
		if first && name != manifestName {
			return u.damaged(manifestName, errors.New("it is missing from the archive's beginning"))
		}
		if err := visit(name, size, u.tar); err != nil {
			return err
		}
	}
}

func (a archive) read(name string, content func(io.Reader) error) (err error) {
	u, err := a.unpack(context.Background())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.close()) }()
	for {
		found, _, err := u.next()
		switch {
		case errors.Is(err, io.EOF):
			return fs.ErrNotExist
		case err != nil:
			return err
		case found == name:
			return content(u.tar)
		}
	}
}
