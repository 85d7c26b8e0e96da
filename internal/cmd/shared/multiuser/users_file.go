package multiuser

import (
	"context"
	"errors"
	"io"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/userlist"
)

// addBatch is how many jobs are added at once.
const addBatch = 1000

// standardInput stands for the file -.
const standardInput = "standard input"

// batch adds jobs to a run, some at a time.
type batch struct {
	run          *run.Run
	jobs         []run.Job
	given, added int
}

func (b *batch) add(ctx context.Context, id string) error {
	b.given++
	b.jobs = append(b.jobs, run.Job{User: id})
	if len(b.jobs) < addBatch {
		return nil
	}
	return b.flush(ctx)
}

func (b *batch) flush(ctx context.Context) error {
	n, err := b.run.Add(ctx, b.jobs)
	b.added += n
	b.jobs = b.jobs[:0]
	return err
}

func addFile(ctx context.Context, a *app.App, b *batch, u flags.Users) error {
	in, name := io.NopCloser(a.IO.In), standardInput
	if u.File != "-" {
		f, err := fsutil.OpenInput(u.File)
		if err != nil {
			return fault.File(fault.Usage, err, "--users-file")
		}
		in, name = f, u.File
	}
	defer in.Close()
	var bad userlist.BadLines
	skipped := skippedLines{app: a, run: b.run}
	for entry, err := range userlist.Read(in, userlist.Options{Name: name, Column: u.Column, Check: func(id string) error { return flags.CheckUser("", id) }}) {
		line, isLine := errors.AsType[*userlist.LineError](err)
		switch {
		case isLine && u.SkipInvalid:
			if err := skipped.add(ctx, line); err != nil {
				return err
			}
		case isLine:
			bad.Add(line)
			if bad.Full() {
				return bad.Err()
			}
		case err != nil:
			return err
		case bad.Count() == 0:
			if err := b.add(ctx, entry.ID); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(bad.Err(), skipped.flush(ctx)); err != nil {
		return err
	}
	if more := skipped.count - maxNamedLines; more > 0 {
		a.Warn("skipped %s", render.Count(more, "more line"))
	}
	if b.given == 0 {
		return fault.New(fault.Usage, "there is no user in %s", name)
	}
	return nil
}

const (
	// maxNamedLines is how many lines that are skipped are named.
	maxNamedLines = 10
	// maxSkipped is how many lines are skipped: a file may be endless.
	maxSkipped = 100_000
)

// skippedLines stores lines that are skipped, some at a time, and names the first.
type skippedLines struct {
	app   *app.App
	run   *run.Run
	count int
	lines []run.SkippedLine
}

func (s *skippedLines) add(ctx context.Context, line *userlist.LineError) error {
	if s.count < maxNamedLines {
		s.app.Warn("skipped %v", line)
	}
	s.count++
	if s.count > maxSkipped {
		return fault.New(fault.Usage, "%s has more than %d invalid user IDs", line.Name, maxSkipped).
			WithHint("check that it is the right file; --skip-invalid accepts only some bad lines")
	}
	s.lines = append(s.lines, run.SkippedLine{Place: line.Place(), Reason: line.Reason()})
	if len(s.lines) < addBatch {
		return nil
	}
	return s.flush(ctx)
}

func (s *skippedLines) flush(ctx context.Context) error {
	err := s.run.AddSkipped(ctx, s.lines)
	s.lines = s.lines[:0]
	return err
}
