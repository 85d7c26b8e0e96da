package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Verify reads all of a backup, offline, and finds every byte that is not as it
// was written. It checks the manifest against its digest, every file against
// its size and SHA-256, that no file is missing or added, every line, and the
// counts against the messages. What it finds is a DamageError in a fault.Safety.
//
// It does not detect a backup that was rewritten as a whole: compare the
// manifest's digest with the one recorded when the backup was made.
func Verify(ctx context.Context, path string) (Manifest, error) {
	src, err := sourceAt(path)
	if err != nil {
		return Manifest{}, err
	}
	return verify(ctx, src, path)
}

func verify(ctx context.Context, src source, path string) (Manifest, error) {
	v := &verifier{path: path, files: map[string]File{}, seen: map[string]bool{}}
	if err := src.walk(ctx, v.visit); err != nil {
		return Manifest{}, err
	}
	if err := v.finish(); err != nil {
		return Manifest{}, err
	}
	return v.manifest, nil
}

// verifier compares a backup's files, one after the other, with its manifest.
type verifier struct {
	path     string
	manifest Manifest
	files    map[string]File // those of the manifest, by name
	seen     map[string]bool
	counted  Manifest // counts, marks and attachments as found
}

func (v *verifier) visit(name string, size int64, r io.Reader) error {
	if name == manifestName && v.manifest.Format == 0 {
		return v.readManifest(r)
	}
	want, ok := v.files[name]
	if !ok || v.seen[name] {
		return damaged(v.path, name, 0, errors.New("it is not part of the backup"))
	}
	v.seen[name] = true
	sum := sha256.New()
	in := io.TeeReader(io.LimitReader(r, want.Bytes+maxLine), sum) // enough to report a line that is too long
	contentErr := v.content(name, in)
	if _, err := io.Copy(io.Discard, in); err != nil {
		return unreadable(v.path, name, err)
	}
	if size != want.Bytes {
		contentErr = atLine(contentErr, fmt.Errorf("it was changed: it has %d bytes and had %d", size, want.Bytes))
	} else if hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		contentErr = atLine(contentErr, errors.New("it was changed: its SHA-256 is not the manifest's"))
	}
	if contentErr != nil {
		return unreadable(v.path, name, contentErr)
	}
	return nil
}

// atLine adds the line of a content error to a problem.
func atLine(content, problem error) error {
	if bad, ok := errors.AsType[*lineError](content); ok {
		return &lineError{bad.line, fmt.Errorf("%w (%w)", problem, bad.err)}
	}
	return problem
}

func (v *verifier) readManifest(r io.Reader) error {
	m, err := decodeManifest(r, true)
	if err != nil {
		return unreadable(v.path, manifestName, err)
	}
	v.manifest = m
	for _, f := range m.Files {
		v.files[f.Name] = f
	}
	if len(v.files) != len(m.Files) {
		return damaged(v.path, manifestName, 0, errors.New("it names a file twice"))
	}
	for _, name := range []string{messagesName, conversationsName} {
		if _, ok := v.files[name]; !ok {
			return damaged(v.path, manifestName, 0, fmt.Errorf("it does not name %s", name))
		}
	}
	return nil
}

// content checks a file's lines, up to the first error.
func (v *verifier) content(name string, r io.Reader) error {
	switch name {
	case messagesName:
		d, err := newDecoder(r)
		if err != nil {
			return err
		}
		defer d.Close()
		return each(decodeLines(d, checkMessage), v.counted.count)
	case conversationsName:
		return each(decodeLines(r, checkConversation), func(roaming.Conversation) { v.counted.Conversations++ })
	case attachmentsName:
		v.counted.Attachments = &AttachmentCounts{}
		return each(decodeLines(r, v.checkAttachment), v.counted.Attachments.add)
	default:
		return nil
	}
}

func each[T any](items iter.Seq2[T, error], do func(T)) error {
	for item, err := range items {
		if err != nil {
			return err
		}
		do(item)
	}
	return nil
}

// checkAttachment compares a line with the manifest's entry for its file.
func (v *verifier) checkAttachment(a Attachment) error {
	switch {
	case a.Name == "" && a.Error == "":
		return errors.New("it has neither a file nor a reason why there is none")
	case a.Name != "" && v.files[a.Name] != File{a.Name, a.Bytes, a.SHA256}:
		return fmt.Errorf("it does not match the manifest's entry for %s", a.Name)
	}
	return nil
}

// finish compares the counts of all files with the manifest.
func (v *verifier) finish() error {
	for _, f := range v.manifest.Files {
		if !v.seen[f.Name] {
			return damaged(v.path, f.Name, 0, errors.New("it is missing"))
		}
	}
	compare := func(name, what string, found, want any) error {
		if reflect.DeepEqual(found, want) {
			return nil
		}
		return damaged(v.path, name, 0, fmt.Errorf("its %s do not match the manifest", what))
	}
	got, m := v.counted, v.manifest
	return errors.Join(
		compare(messagesName, "messages", []any{got.Messages, got.First, got.Last}, []any{m.Messages, m.First, m.Last}),
		compare(conversationsName, "conversations", got.Conversations, m.Conversations),
		compare(attachmentsName, "attachments", got.Attachments, m.Attachments),
	)
}
