package multiuser

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/files"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

// Attachments are the flags that a sync of attachments has, and their values.
type Attachments struct {
	With   bool          `json:"with,omitempty"`
	Within time.Duration `json:"within,omitempty"`
}

// Declare declares the flags.
func (o *Attachments) Declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.With, "with-attachments", false, "fetch the files of messages, up to 10 MiB each, into a folder beside the archive")
	f.DurationVar(&o.Within, "attachments-timeout", time.Hour, "limit the time for attachments, before the messages and again after them, to `DURATION`; 0 for no limit")
}

// Check refuses values without a meaning.
func (o *Attachments) Check(a *app.App) error {
	switch {
	case o.Within < 0:
		return fault.New(fault.Usage, "--attachments-timeout is %s: it can't be negative", o.Within)
	case !o.With && a.Flags.Lookup("attachments-timeout").Changed:
		return fault.New(fault.Usage, "--attachments-timeout needs --with-attachments")
	}
	return nil
}

// AttachmentSync fetches the attachments of an archive. A nil AttachmentSync does
// nothing.
type AttachmentSync struct {
	sync   files.Sync
	counts map[string]int
	first  archive.Attachment // that is missing
}

// Open makes the sync for an archive; nil when attachments are not asked for.
func (o *Attachments) Open(ctx context.Context, a *app.App, place string, store archive.Store, now time.Time) (*AttachmentSync, error) {
	if !o.With {
		return nil, nil
	}
	s := &AttachmentSync{sync: files.Sync{Store: store, Now: now, Within: o.Within}, counts: map[string]int{}}
	var err error
	if s.sync.Folder, err = a.ArchiveFiles(place); err != nil {
		return nil, err
	}
	if s.sync.Fetcher, err = a.AttachmentFetcher(ctx); err != nil {
		return nil, err
	}
	s.sync.OnFile = func(f archive.Attachment) {
		s.counts[string(f.State)]++
		if f.State != archive.Fetched && s.first.Message == "" {
			s.first = f
		}
	}
	return s, nil
}

// Before fetches what earlier syncs left, before a sync reads messages.
func (s *AttachmentSync) Before(ctx context.Context) error {
	if s == nil {
		return nil
	}
	if err := s.sync.Retry(ctx); err != nil {
		return err
	}
	_, err := s.sync.Fetch(ctx)
	return err
}

// After fetches the attachments of new messages, and what Before had no time for.
func (s *AttachmentSync) After(ctx context.Context) error {
	if s == nil {
		return nil
	}
	all, err := s.sync.Fetch(ctx)
	if err != nil || all {
		return err
	}
	for a, err := range s.sync.Store.Attachments(ctx, archive.Pending) {
		if err != nil {
			return err
		}
		a.Reason = fmt.Sprintf("--attachments-timeout of %s is over", s.sync.Within)
		s.sync.OnFile(a)
	}
	return nil
}

// Around fetches attachments before a sync of messages, and again after it.
func (s *AttachmentSync) Around(ctx context.Context, sync func(context.Context) error) error {
	if err := s.Before(ctx); err != nil {
		return err
	}
	if err := sync(ctx); err != nil {
		return err
	}
	return s.After(ctx)
}

// Counts are the attachments of this sync by state; nil when none were asked for.
func (s *AttachmentSync) Counts() map[string]int {
	if s == nil {
		return nil
	}
	return s.counts
}

// Note is the number of attachments fetched, to follow a note; "" for none.
func (s *AttachmentSync) Note() string {
	if n := s.Counts()[string(archive.Fetched)]; n > 0 {
		return ", " + render.Count(n, "attachment")
	}
	return ""
}

// Verdict is the error of attachments that are missing. Where another error says why
// the sync failed, this one is a warning.
func (s *AttachmentSync) Verdict(a *app.App, other error) error {
	missing, text := missingFiles(s.Counts())
	if missing == 0 {
		return other
	}
	f := s.first
	err := fault.New(fault.Partial, "%s not in the archive (%s), such as that of message %s: %s",
		render.CountOf(missing, "attachment is", "attachments are"), text, f.Message, f.Reason).
		WithHint("roamctl archive gaps --attachments lists them; failed ones are requested again by the next sync")
	if other != nil {
		a.Warn("%v", err)
		return other
	}
	return err
}

// missingFiles are how many files are missing, and how many by state.
func missingFiles(counts map[string]int) (n int, text string) {
	var parts []string
	for _, state := range archive.MissingStates() {
		if c := counts[string(state)]; c > 0 {
			n += c
			parts = append(parts, fmt.Sprintf("%d %s", c, state))
		}
	}
	return n, strings.Join(parts, ", ")
}

// CountsText are numbers by name, those of 0 left out.
func CountsText[N int | int64](counts map[string]N) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name] != 0 {
			parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
		}
	}
	return strings.Join(parts, ", ")
}
