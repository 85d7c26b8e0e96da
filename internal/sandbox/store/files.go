package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"time"
)

// FilesName is the folder of uploaded files in the data folder.
const FilesName = FileName + ".files"

// Bounds that docs/contract.md, section 6, does not name: they are the sandbox's own.
const (
	maxStored    = 256 << 20  // bytes of all uploaded files
	maxUploads   = 8          // in flight, in this process
	staleUploads = time.Hour  // after which an unfinished upload is one of a process that has ended
	uploadName   = "upload-*" // of an unfinished upload
	noContent    = int64(-1)  // the size of a file whose content was deleted
	sumStored    = "SELECT coalesce(sum(max(size, 0)), 0) FROM files"
)

// ErrTooLarge is the error for a file that is larger than the caller allows.
var ErrTooLarge = errors.New("the file is too large")

// ErrFull is the error for a file that does not fit beside those that are kept.
var ErrFull = fmt.Errorf("the sandbox keeps %d MB of files at most", maxStored>>20)

// File is a file that a client uploaded.
type File struct {
	ID      string // a UUID
	Secret  string // "" if a download needs none
	Created int64  // Unix ms
	Size    int64  // in bytes; negative if the content was deleted
}

// AddFile stores content as a new file, and deletes the content of files that were
// created at expired (Unix ms) or earlier. Content of more than most bytes is an
// ErrTooLarge; content that does not fit is an ErrFull.
func (s *Store) AddFile(ctx context.Context, f File, content io.Reader, most, expired int64) (err error) {
	select {
	case s.uploading <- struct{}{}:
		defer func() { <-s.uploading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s.removeStale()
	temp, err := os.CreateTemp(s.files, uploadName)
	if err != nil {
		return fmt.Errorf("storing a file: %w", err)
	}
	defer func() { _ = os.Remove(temp.Name()) }() // it may have been renamed
	f.Size, err = io.Copy(temp, io.LimitReader(content, most+1))
	if err = errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("storing a file: %w", err)
	}
	if f.Size > most {
		return ErrTooLarge
	}
	return s.updateFiles(ctx, func(tx *sql.Tx) (gone []string, err error) {
		gone, err = deleteContents(ctx, tx, "UPDATE files SET size = ? WHERE created <= ? AND size >= 0 RETURNING id", noContent, expired)
		if err != nil {
			return nil, err
		}
		var stored int64
		if err := tx.QueryRowContext(ctx, sumStored).Scan(&stored); err != nil {
			return nil, err
		}
		if stored+f.Size > s.maxStored {
			return nil, ErrFull
		}
		if err := os.Rename(temp.Name(), s.path(f.ID)); err != nil {
			return nil, err
		}
		return gone, insertFile(ctx, tx, f)
	})
}

// PutFile stores a file of the caller's own within the transaction, without bounds.
func (w *Writer) PutFile(ctx context.Context, f File, content []byte) error {
	f.Size = int64(len(content))
	if err := os.WriteFile(w.s.path(f.ID), content, 0o600); err != nil {
		return err
	}
	return insertFile(ctx, w.tx, f)
}

func insertFile(ctx context.Context, tx *sql.Tx, f File) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO files(id, secret, created, size) VALUES(?, ?, ?, ?)", f.ID, f.Secret, f.Created, f.Size)
	return err
}

// File finds a file, also one whose content was deleted.
func (s *Store) File(ctx context.Context, id string) (File, error) {
	f := File{ID: id}
	err := s.db.QueryRowContext(ctx, "SELECT secret, created, size FROM files WHERE id = ?", id).Scan(&f.Secret, &f.Created, &f.Size)
	return f, missing(err, "file", id)
}

// OpenFile opens the content of a file that File found.
func (s *Store) OpenFile(f File) (*os.File, error) {
	content, err := os.Open(s.path(f.ID))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &MissingError{Kind: "file", Name: f.ID}
	}
	return content, err
}

func (s *Store) path(id string) string { return filepath.Join(s.files, id) }

// removeStale removes what processes that were killed left behind.
func (s *Store) removeStale() {
	left, _ := filepath.Glob(filepath.Join(s.files, uploadName)) // the pattern is valid
	for _, name := range left {
		if st, err := os.Stat(name); err == nil && time.Since(st.ModTime()) > staleUploads {
			_ = os.Remove(name) // tried again with the next upload
		}
	}
}

// sweep removes the contents that no file has: a process was killed between a commit
// and their removal. Within a transaction no other process adds one.
func (s *Store) sweep(ctx context.Context) error {
	left, err := s.unlisted(ctx, s.db)
	if err != nil || len(left) == 0 {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		left, err := s.unlisted(ctx, tx)
		if err != nil {
			return err
		}
		return s.removeContents(left)
	})
}

// unlisted returns the names of contents on disk that no file has.
func (s *Store) unlisted(ctx context.Context, db querier) ([]string, error) {
	onDisk, err := os.ReadDir(s.files)
	if err != nil {
		return nil, fmt.Errorf("reading the sandbox's files: %w", err)
	}
	if len(onDisk) == 0 {
		return nil, nil
	}
	ids, err := queryAll(ctx, db, "listing files", func(rows *sql.Rows, id *string) error { return rows.Scan(id) }, "SELECT id FROM files WHERE size >= 0")
	if err != nil {
		return nil, err
	}
	listed := map[string]bool{}
	for _, id := range ids {
		listed[id] = true
	}
	var left []string
	for _, d := range onDisk {
		if upload, _ := filepath.Match(uploadName, d.Name()); !upload && !listed[d.Name()] && d.Type().IsRegular() {
			left = append(left, d.Name())
		}
	}
	return left, nil
}

// updateFiles runs fn in a transaction, then removes the contents that fn returns. A
// process that is killed in between leaves them on disk until the next Open.
func (s *Store) updateFiles(ctx context.Context, fn func(tx *sql.Tx) (gone []string, err error)) error {
	var gone []string
	err := s.update(ctx, func(tx *sql.Tx) (err error) {
		gone, err = fn(tx)
		return err
	})
	if err != nil {
		return err
	}
	return s.removeContents(gone)
}

func (s *Store) removeContents(ids []string) error {
	for _, id := range ids {
		if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("deleting a file: %w", err)
		}
	}
	return nil
}

// deleteContents runs a statement that returns the IDs of files.
func deleteContents(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]string, error) {
	return queryAll(ctx, tx, "deleting files", func(rows *sql.Rows, id *string) error { return rows.Scan(id) }, query, args...)
}

// forgetFiles deletes the files that a message refers to, and returns their IDs.
func (w *Writer) forgetFiles(ctx context.Context, body []byte) (gone []string, err error) {
	var m struct {
		Bodies []struct {
			URL   string `json:"url"`
			Thumb string `json:"thumb"`
		} `json:"bodies"`
	}
	if json.Unmarshal(body, &m) != nil {
		return nil, nil //nolint:nilerr // it refers to none
	}
	for _, b := range m.Bodies {
		for _, link := range []string{b.URL, b.Thumb} {
			u, err := url.Parse(link)
			if err != nil || path.Base(path.Dir(u.Path)) != "chatfiles" {
				continue
			}
			ids, err := deleteContents(ctx, w.tx, "DELETE FROM files WHERE id = ? RETURNING id", path.Base(u.Path))
			if err != nil {
				return nil, err
			}
			gone = append(gone, ids...)
		}
	}
	return gone, nil
}
