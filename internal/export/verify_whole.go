package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

// conversations holds what the files hold against what the manifest says of
// each conversation. A table's cells are not the messages' own words, so that
// the conversations in it are not told apart.
func (v *verifier) conversations(ctx context.Context) error {
	if v.result.Records == CSV {
		return nil
	}
	holds, stop := iter.Pull2(v.holds.Conversations(ctx, ""))
	defer stop()
	held, err, more := holds()
	for said, err := range v.says.Conversations(ctx, "") {
		if err != nil {
			return err
		}
		for more && before(held.Ref, said.Ref) {
			v.wrong("", fmt.Errorf("there are records of %s, which the manifest does not name", held.Ref))
			held, err, more = holds()
		}
		if err != nil {
			return err
		}
		found := ledger.Conversation{Ref: said.Ref}
		if more && held.Ref == said.Ref {
			found = held
			held, err, more = holds()
		}
		if err != nil {
			return err
		}
		if !v.same(found, said) && !v.damaged[said.Volume] { // else it was told of
			v.wrong(said.Volume, fmt.Errorf("of %s it holds %d messages, and the manifest says %d, or other first and last ones", said.Ref, found.Messages, said.Messages))
		}
	}
	for ; more && err == nil; held, err, more = holds() {
		v.wrong("", fmt.Errorf("there are records of %s, which the manifest does not name", held.Ref))
	}
	return err
}

// before tells the order of the ledger.
func before(a, b roaming.Ref) bool {
	if a.User != b.User {
		return a.User < b.User
	}
	if a.Type != b.Type {
		return a.Type < b.Type
	}
	return a.Conversation < b.Conversation
}

// same tells whether the files hold what the manifest says. Its first format does
// not say the highest ID.
func (v *verifier) same(found, said ledger.Conversation) bool {
	return found.Messages == said.Messages && found.Unreadable == said.Unreadable && slices.Equal(found.Trailing, said.Trailing) &&
		sameMark(found.First, said.First) && sameMark(found.Last, said.Last) &&
		(v.result.Format == firstFormat || found.Highest == said.Highest)
}

func sameMark(a, b *ledger.Mark) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ID == b.ID && a.Timestamp.Equal(b.Timestamp.Time)
}

// strangers are files that the manifest does not name.
func (v *verifier) strangers(ctx context.Context) error {
	root, err := filepath.EvalSymlinks(v.dir) // WalkDir does not enter a link
	if err != nil {
		return fault.Wrap(fault.Config, err, "verifying %s", v.dir)
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if name == ManifestName || workFile(name) {
			return nil
		}
		known, err := v.says.HasFile(ctx, name)
		if err == nil && !known {
			v.wrong(name, errors.New("it is no part of the export"))
		}
		return err
	})
	if err != nil && fault.KindOf(err) == fault.Bug {
		return fault.Wrap(fault.Config, err, "verifying %s", v.dir)
	}
	return err
}

// workFile tells whether a file is of a run that is under way, or was killed.
func workFile(name string) bool {
	dir, _, below := strings.Cut(name, "/")
	return below && (dir == workName || strings.HasPrefix(dir, workName+"-"))
}
