package download

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fsutil"
)

const (
	partialEnding = ".part"
	tagEnding     = ".tag" // of the file with the ETag of a partial one
	maxTag        = 256
)

// partial is a file that is being downloaded. It stays when the download stops and
// can be continued. It is an attachments.Target.
type partial struct {
	file    *os.File
	size    int64
	limit   int64
	tag     string // with which the server continues; "" if it can't
	tooBig  bool
	failure error // of this machine's disk
}

// openPartial opens the partial file of an attachment, which may be new.
func (f *Folder) openPartial(i *Item, limit int64) (*partial, error) {
	sum := sha256.Sum256(fmt.Append(nil, i.key()))
	path := filepath.Join(f.work(), hex.EncodeToString(sum[:16])+partialEnding)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p := &partial{file: file, limit: limit}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	tag, err := fsutil.ReadFile(path+tagEnding, maxTag)
	if err == nil && info.Mode().IsRegular() && info.Size() <= limit {
		p.size, p.tag = info.Size(), string(tag)
	}
	return p, nil
}

// Begin implements attachments.Target.
func (p *partial) Begin(offset, size int64, tag string) error {
	if size > p.limit {
		p.tooBig = true
		return attachments.ErrTooLarge
	}
	p.size = offset
	_, seekErr := p.file.Seek(offset, 0)
	p.failure = errors.Join(seekErr, p.file.Truncate(offset))
	if tag != p.tag || offset == 0 {
		p.tag = tag
		p.failure = errors.Join(p.failure, p.keepTag())
	}
	return p.failure
}

// keepTag notes the tag, before the content that it names.
func (p *partial) keepTag() error {
	path := p.file.Name() + tagEnding
	if p.tag != "" {
		return fsutil.Replace(path, []byte(p.tag))
	}
	return ignoreMissing(os.Remove(path))
}

// Write implements io.Writer.
func (p *partial) Write(b []byte) (int, error) {
	if p.size+int64(len(b)) > p.limit {
		p.tooBig = true
		return 0, attachments.ErrTooLarge
	}
	n, err := p.file.Write(b)
	p.size += int64(n)
	p.failure = err
	return n, err
}

// complete syncs and closes the file, and forgets its tag.
func (p *partial) complete() error {
	p.tag = ""
	return errors.Join(p.file.Sync(), p.file.Close(), p.keepTag())
}

// abandon closes the file, and removes it unless it can be continued.
func (p *partial) abandon() error {
	if p.tag != "" && p.size > 0 && !p.tooBig {
		return p.file.Close()
	}
	p.tag = ""
	return errors.Join(p.file.Close(), os.Remove(p.file.Name()), p.keepTag())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
