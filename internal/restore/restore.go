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
	Dir     string // of all restores; made when it is needed
	// Lock keeps deletions of a user's history away until unlock; nil locks
	// nothing. An import is stored for everybody in the conversation, so Run
	// locks each of them, but for the backup's user, whom the caller has locked.
	Lock func(user string) (unlock func() error, err error)
	// Sleep waits between attempts; nil for real time.
	Sleep func(ctx context.Context, d time.Duration) error
	// Heard hears of each message that was dealt with; nil: nobody does.
	Heard func(Progress)
}

// Progress is how far a restore has come.
type Progress struct {
	Done, Of int // messages
}

// Settings are what is to be restored, and how.
type Settings struct {
	Source

	Conversation string // only this one; "" for all
	// AllowDuplicates restores also what somebody else still has, who then
	// sees it twice: an import is stored for everybody who takes part.
	AllowDuplicates bool
}

// Preview verifies the backup, reads the views of all who take part, and tells
// what Run would do. It changes nothing.
func (r *Restorer) Preview(ctx context.Context, s Settings) (Report, error) {
	b, err := r.open(ctx, s.Source)
	if err != nil {
		return Report{}, err
	}
	dir, err := folder(r.Dir, b.Manifest().Digest)
	if err != nil {
		return Report{}, err
	}
	known, _, err := readPast(filepath.Join(dir, mapName))
	if err != nil {
		return Report{}, err
	}
	threads, err := r.plan(ctx, b, s, known, func(roaming.Message) (place, error) { return place{}, nil }, &locks{})
	report := newReport(b, s, dir, threads)
	report.Preview = true
	return report, err
}

// Run restores what Preview shows as ToRestore. It can be killed at any time
// and run again; the report is complete whatever the error.
func (r *Restorer) Run(ctx context.Context, s Settings) (report Report, err error) {
	b, err := r.open(ctx, s.Source)
	if err != nil {
		return report, err
	}
	dir, err := folder(r.Dir, b.Manifest().Digest)
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

// runIn restores with dir locked.
func (r *Restorer) runIn(ctx context.Context, b *backup.Backup, s Settings, dir string) (report Report, err error) {
	record, err := openLedger(dir)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, record.close()) }()
	messages, err := newSpool(dir)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, messages.remove()) }()
	held := &locks{take: r.Lock}
	defer func() { err = errors.Join(err, held.release()) }()
	threads, err := r.plan(ctx, b, s, record.past, messages.add, held)
	if err != nil {
		return newReport(b, s, dir, threads), err
	}
	job := &job{Restorer: r, record: record, messages: messages}
	for _, t := range threads {
		job.progress.Of += t.wanted()
	}
	for _, t := range threads {
		if err = job.thread(ctx, t); err != nil {
			break
		}
	}
	report = newReport(b, s, dir, threads)
	return report, report.unfinished(err)
}
