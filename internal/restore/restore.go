// Package restore imports the messages of a backup back into the service
// (docs/contract.md, section 8). It first reads which users still have which message,
// to avoid duplicates unless AllowDuplicates is set, and reports which messages can't
// be restored and why. A map file of old and new IDs on disk makes a restore
// repeatable after a kill at any time: every message is restored once.
package restore

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Service is what a restore needs of the service.
type Service interface {
	roaming.Service
	roaming.Importer
}

// Restorer restores backups.
type Restorer struct {
	Service Service
	AppKey  string
	Dir     string // of all restores; created on demand
	// Lock prevents deletions of a user's history until unlock; nil locks nothing.
	// An import is stored for everybody in the conversation, so Run locks every
	// participant except the backup's user, whom the caller has locked.
	Lock func(user string) (unlock func() error, err error)
	// Sleep waits between attempts; nil for real time.
	Sleep func(ctx context.Context, d time.Duration) error
	// OnProgress, if not nil, is called after each message.
	OnProgress func(Progress)
}

// Progress is the progress of a restore, in messages.
type Progress struct{ Done, Of int }

// Settings say what to restore, and how.
type Settings struct {
	Source

	Conversation string // only this one; "" for all
	// AllowDuplicates also restores what somebody else still has and then gets
	// twice: an import is stored for everybody in the conversation.
	AllowDuplicates bool
}

// Preview verifies the backup, reads the history of all who take part, and
// reports what Run would do. It changes nothing.
func (r *Restorer) Preview(ctx context.Context, s Settings) (Report, error) {
	b, dir, err := r.open(ctx, s.Source)
	if err != nil {
		return Report{}, err
	}
	all, _, err := readMap(filepath.Join(dir, mapName))
	if err != nil {
		return Report{}, err
	}
	conversations, err := r.plan(ctx, b, s, all, func(roaming.Message) (place, error) { return place{}, nil }, &locks{})
	report := newReport(b, s, dir, conversations)
	report.Preview = true
	return report, err
}

// Run restores what Preview reports as ToRestore. It can be killed at any time
// and run again. The report is complete whatever the error.
func (r *Restorer) Run(ctx context.Context, s Settings) (report Report, err error) {
	b, dir, err := r.open(ctx, s.Source)
	if err == nil {
		err = fsutil.Folder(dir)
	}
	if err != nil {
		return report, err
	}
	unlock, ok, err := fsutil.TryLock(filepath.Join(dir, "lock"))
	if err != nil {
		return report, unwritable(err)
	}
	if !ok {
		return report, fault.New(fault.Safety, "another process is restoring this backup")
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return r.runIn(ctx, b, s, dir)
}

// open verifies all of the backup, and opens it. dir is the folder of its restores.
func (r *Restorer) open(ctx context.Context, s Source) (b *backup.Backup, dir string, err error) {
	const digits = 16 // of the digest, in the folder's name
	m, err := backup.Verify(ctx, s.Path)
	switch {
	case err != nil:
		return nil, "", err
	case s.Digest != "" && m.Digest != s.Digest:
		return nil, "", fault.New(fault.Safety, "the backup %s is not the one that run %s made: its digest differs", s.Path, s.RunID)
	case m.AppKey != r.AppKey:
		return nil, "", fault.New(fault.Safety, "the backup is of App Key %s, and this is %s", m.AppKey, r.AppKey).
			WithHint("select the profile that it was made with: --profile")
	}
	b, err = backup.Open(s.Path)
	return b, filepath.Join(r.Dir, m.Digest[:digits]), err
}

// runIn restores while dir is locked.
func (r *Restorer) runIn(ctx context.Context, b *backup.Backup, s Settings, dir string) (report Report, err error) {
	record, err := openMap(dir)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, record.file.Close()) }()
	messages, err := newTempFile(dir)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, messages.remove()) }()
	held := &locks{take: r.Lock}
	defer func() { err = errors.Join(err, held.release()) }()
	conversations, err := r.plan(ctx, b, s, record.known, messages.add, held)
	if err != nil {
		return newReport(b, s, dir, conversations), err
	}
	job := &job{Restorer: r, record: record, messages: messages}
	for _, t := range conversations {
		job.progress.Of += t.toRestore()
	}
	for _, t := range conversations {
		if err = job.restoreConversation(ctx, t); err != nil {
			break
		}
	}
	report = newReport(b, s, dir, conversations)
	return report, report.unfinished(err)
}

// locks are the locks of users whose history a restore writes to. The zero
// value locks nobody.
type locks struct {
	take func(user string) (unlock func() error, err error)
	held map[string]func() error
}

// add locks a user, unless that is done already.
func (l *locks) add(user string) error {
	if _, held := l.held[user]; held || l.take == nil {
		return nil
	}
	unlock, err := l.take(user)
	if err != nil {
		return fault.Wrap(fault.KindOf(err), err, "the restore would change %s's history, too; nothing was restored", user).
			WithHint("%s", fault.HintOf(err))
	}
	if l.held == nil {
		l.held = map[string]func() error{}
	}
	l.held[user] = unlock
	return nil
}

func (l *locks) release() (err error) {
	for _, unlock := range l.held {
		err = errors.Join(err, unlock())
	}
	return err
}
