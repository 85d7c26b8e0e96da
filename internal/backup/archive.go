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

// archive is a packed backup: a tar, compressed with zstd, and after it a
// skippable frame with the SHA-256 of all that stands before. Every unpacker
// ignores that frame; here it makes each byte of the archive count.
type archive string

const (
	skippableMagic = 0x184D2A5D
	sealLabel      = "roamctl-sha256:"
	sealSize       = 8 + len(sealLabel) + digestDigits
)

// seal is the frame that ends an archive whose other bytes have this hash.
func seal(sum []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, skippableMagic)
	b = binary.LittleEndian.AppendUint32(b, uint32(sealSize-8))
	return append(append(b, sealLabel...), hex.EncodeToString(sum)...)
}

// unpacker reads an archive once, from its start.
type unpacker struct {
	path string
	file *os.File
	body io.Reader // all but the seal, hashed as it is read
	sum  hash.Hash
	seal []byte
	zstd *zstd.Decoder
	tar  *tar.Reader
	size int64 // of the archive
	n    int   // files so far
}

func (a archive) unpack(ctx context.Context) (*unpacker, error) {
	f, err := fsutil.Open(string(a))
	if err != nil {
		return nil, err
	}
	u := &unpacker{path: string(a), file: f, sum: sha256.New(), seal: make([]byte, sealSize)}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	u.size = info.Size()
	size := u.size - int64(sealSize)
	if size < 0 {
		return nil, errors.Join(u.damaged("", errors.New("it is too short")), f.Close())
	}
	if _, err := f.ReadAt(u.seal, size); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	u.body = io.TeeReader(readerOf(ctx, io.NewSectionReader(f, 0, size)), u.sum)
	if u.zstd, err = newDecoder(u.body); err != nil {
		return nil, errors.Join(u.damaged("", err), f.Close())
	}
	u.tar = tar.NewReader(u.zstd)
	return u, nil
}

// newDecoder takes memory for twice the window that we write with, at most.
func newDecoder(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(2*window), zstd.WithDecoderLowmem(true))
}

func (u *unpacker) close() error {
	u.zstd.Close()
	return u.file.Close()
}

func (u *unpacker) damaged(name string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return damaged(u.path, name, 0, err)
}

// next is the name and size of the next file, io.EOF at the end. Every file is in one
// folder, whose name does not matter.
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
		return "", 0, u.damaged("", fmt.Errorf("it holds %q, which is no file of a backup", h.Name))
	}
	u.n++
	if u.n > maxListed {
		return "", 0, u.damaged("", fmt.Errorf("it holds more than %d files", maxListed))
	}
	if name == manifestName && h.Size > plausible(u.size) {
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

// plausible is the size of the largest manifest that an archive can hold. Digests
// and IDs don't compress a hundred times, so that what does was made to fill memory.
func plausible(archive int64) int64 { return 1<<20 + 100*archive }

// finish reads to the end and compares the seal.
func (u *unpacker) finish() error {
	if _, err := io.Copy(io.Discard, u.zstd); err != nil {
		return u.damaged("", err)
	}
	if _, err := io.Copy(io.Discard, u.body); err != nil {
		return u.damaged("", err)
	}
	if !bytes.Equal(seal(u.sum.Sum(nil)), u.seal) {
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

func (a archive) open(name string) (io.ReadCloser, error) {
	u, err := a.unpack(context.Background())
	if err != nil {
		return nil, err
	}
	for {
		found, _, err := u.next()
		if errors.Is(err, io.EOF) {
			err = fs.ErrNotExist
		}
		if err != nil {
			return nil, errors.Join(err, u.close())
		}
		if found == name {
			return readCloser{u.tar, u.close}, nil
		}
	}
}

type readCloser struct {
	io.Reader

	close func() error
}

// Close releases what is below the reader.
func (r readCloser) Close() error { return r.close() }
