package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/roaming"
)

// files is an export or a backup. Its records of one user at a time are in a record file.
type files struct {
	about   About
	users   func(ctx context.Context) iter.Seq2[string, error]
	records func(ctx context.Context, user string) iter.Seq2[export.Record, error]
	gaps    func(ctx context.Context, ref roaming.Ref) iter.Seq2[Gap, error]
	file    func(m Message, part Part, w io.Writer) error
	close   func() error

	user   string // of the record file
	loaded *recordFile
}

// OpenExport opens an export in a folder. It does not check the files that it does
// not read: export.Verify does.
func OpenExport(ctx context.Context, dir string) (Source, error) {
	r, err := export.OpenReader(ctx, dir)
	if err != nil {
		return nil, err
	}
	f := &files{about: About{
		Kind: Export, Name: dir, AppKey: r.Header().AppKey,
		Lacks: "messages that the user had deleted, that were recalled or that had expired before the export read them",
	}, users: r.Users, records: r.Records, close: r.Close}
	if redacted := r.Header().Redacted; redacted != nil {
		f.about.Holds = "messages that are " + redacted.String()
	}
	f.gaps = func(ctx context.Context, ref roaming.Ref) iter.Seq2[Gap, error] {
		return func(yield func(Gap, error) bool) {
			if since := r.Header().Since; !since.IsZero() && !yield(Gap{To: since, Reason: "exported with --since"}, nil) {
				return
			}
			c, found, err := r.Conversation(ctx, ref)
			switch {
			case err != nil:
				yield(Gap{}, err)
			case !found:
				yield(Gap{Reason: "the export does not have this conversation"}, nil)
			case c.Refused != "":
				yield(Gap{Reason: "the service refused the rest of it during the export: " + c.Refused}, nil)
			}
		}
	}
	f.file = func(Message, Part, io.Writer) error { return fs.ErrNotExist }
	return f, nil
}

// OpenBackup opens a backup, and checks all of it.
func OpenBackup(ctx context.Context, path string) (Source, error) {
	b, err := backup.Open(path)
	if err != nil {
		return nil, err
	}
	if _, err := backup.Verify(ctx, path); err != nil {
		return nil, err
	}
	manifest := b.Manifest()
	does := "delete"
	if manifest.Scope.Command == "messages recall" {
		does = "recall for everyone"
	}
	f := &files{close: func() error { return nil }, about: About{
		Kind: Backup, Name: path, AppKey: manifest.AppKey, Made: manifest.Created,
		Holds: fmt.Sprintf("the messages that roamctl %s was about to %s", manifest.Scope.Command, does),
	}}
	f.users = func(context.Context) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) { yield(manifest.User, nil) }
	}
	f.records = func(_ context.Context, user string) iter.Seq2[export.Record, error] {
		return func(yield func(export.Record, error) bool) {
			if user != manifest.User {
				return
			}
			for m, err := range b.Messages() {
				if !yield(export.Record{User: user, Message: m}, err) || err != nil {
					return
				}
			}
		}
	}
	f.gaps = func(context.Context, roaming.Ref) iter.Seq2[Gap, error] { return func(func(Gap, error) bool) {} }
	f.file = func(m Message, part Part, w io.Writer) error {
		url, _ := part.address(m.Message)
		return b.Attachment(m.ID, string(part), url, w)
	}
	return f, nil
}

// About implements Source.
func (f *files) About() About { return f.about }

// Users implements Lister.
func (f *files) Users(ctx context.Context) iter.Seq2[string, error] { return f.users(ctx) }

// load reads the records of a user, if they are not the last that were read.
func (f *files) load(ctx context.Context, user string) error {
	if f.loaded != nil && f.user == user {
		return nil
	}
	if err := f.unload(); err != nil {
		return err
	}
	s, err := newRecordFile(f.records(ctx, user))
	if err != nil {
		return err
	}
	f.loaded, f.user = s, user
	return nil
}

func (f *files) unload() error {
	if f.loaded == nil {
		return nil
	}
	s := f.loaded
	f.loaded = nil
	return s.close()
}

// Conversations implements Source: those that have a message or an unreadable item.
func (f *files) Conversations(ctx context.Context, user string) iter.Seq2[roaming.Conversation, error] {
	return func(yield func(roaming.Conversation, error) bool) {
		err := f.load(ctx, user)
		var all []roaming.Conversation
		if err == nil {
			all, err = f.loaded.list()
		}
		if err != nil {
			yield(roaming.Conversation{}, err)
			return
		}
		for _, c := range all {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// Messages implements Source.
func (f *files) Messages(ctx context.Context, ref roaming.Ref, q Query) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		if err := f.load(ctx, ref.User); err != nil {
			yield(Message{}, err)
			return
		}
		for m, err := range f.loaded.messages(ref, q) {
			if ctx.Err() != nil {
				m, err = Message{}, context.Cause(ctx)
			}
			if !yield(m, err) || ctx.Err() != nil {
				return
			}
		}
	}
}

// Gaps implements Source.
func (f *files) Gaps(ctx context.Context, ref roaming.Ref, _ Query) iter.Seq2[Gap, error] {
	return f.gaps(ctx, ref)
}

// Attachment implements Source.
func (f *files) Attachment(_ context.Context, m Message, part Part, w io.Writer) error {
	return f.file(m, part, w)
}

// Close implements Source.
func (f *files) Close() error { return errors.Join(f.unload(), f.close()) }
