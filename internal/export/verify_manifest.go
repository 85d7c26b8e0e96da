package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// checkConversations compares what the files hold with the manifest, by
// conversation. The records of tables are not counted by conversation.
func (v *verifier) checkConversations(ctx context.Context) error {
	for want, err := range v.manifest.Conversations(ctx, "") {
		if err != nil {
			return err
		}
		if want.Refused != "" {
			v.result.Incomplete = append(v.result.Incomplete, Refusal{want.Ref, want.Refused})
		}
		if v.result.Records == CSV {
			continue
		}
		found, _, err := v.held.Conversation(ctx, want.Ref)
		if err != nil {
			return err
		}
		if v.result.Records == Parquet { // months may follow each other in another order than messages
			found.First, found.Last, found.Trailing = want.First, want.Last, want.Trailing
		}
		found.Refused = want.Refused                                    // no file says it
		if !reflect.DeepEqual(found, want) && !v.damaged[want.Volume] { // else it was reported
			v.damage(want.Volume, fmt.Errorf("it holds %d messages of %s, and the manifest says %d, or differs otherwise", found.Messages, want.Ref, want.Messages))
		}
	}
	for found, err := range v.held.Conversations(ctx, "") {
		if err != nil {
			return err
		}
		_, ok, err := v.manifest.Conversation(ctx, found.Ref)
		if err != nil {
			return err
		}
		if !ok {
			v.damage("", fmt.Errorf("there are records of %s, which is not in the manifest", found.Ref))
		}
	}
	return nil
}

// findUnknownFiles finds files that are not in the manifest.
func (v *verifier) findUnknownFiles(ctx context.Context) error {
	root, err := filepath.EvalSymlinks(v.dir) // WalkDir does not follow a link
	if err != nil {
		return fault.Wrap(fault.Config, err, "cannot verify %s", v.dir)
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if name == ManifestName || isWorkFile(name) {
			return nil
		}
		known, err := v.manifest.HasFile(ctx, name)
		if err == nil && !known {
			v.damage(name, errors.New("it is not part of the export"))
		}
		return err
	})
	if err != nil && fault.KindOf(err) == fault.Bug {
		return fault.Wrap(fault.Config, err, "cannot verify %s", v.dir)
	}
	return err
}

// isWorkFile reports whether a file is of an unfinished run or a killed one.
func isWorkFile(name string) bool {
	dir, _, below := strings.Cut(name, "/")
	return below && (dir == workName || strings.HasPrefix(dir, workName+"-"))
}
