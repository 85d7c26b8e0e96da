package sandbox

import (
	"context"
	"errors"
	"io"

	"github.com/roamctl/roamctl/internal/sandbox/histfile"
	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// Sizes of an import.
const (
	importBatch   = 20_000   // records a transaction
	importBytes   = 16 << 20 // and bytes
	reportedLines = 10       // bad lines that a report names
)

// ImportReport says what became of an import's records.
type ImportReport struct {
	Records    int64     // lines with a record, bad ones included
	Imported   int64     // messages stored
	Duplicates int64     // records whose msg_id was there already: skipped
	Bad        int64     // lines that could not be read: skipped
	BadLines   []BadLine // the first few of them
}

// BadLine is a line that could not be read.
type BadLine = histfile.LineError

// Import reads a history file (section 7 of the contract), plain or gzip, as it
// streams. Its records are clients' messages: they make users, conversations and
// group memberships. A line that cannot be read is skipped and reported.
// What was imported before an error stays: importing the file again skips it.
// progress, which may be nil, hears of the records done after each batch.
func (s *Sandbox) Import(ctx context.Context, r io.Reader, progress func(done int64)) (ImportReport, error) {
	ctx, cancel := context.WithCancel(ctx)
	batches := make(chan batch, 1)
	go read(ctx, r, batches)
	defer func() {
		cancel()
		for range batches { // until read has let go of r
		}
	}()
	var report ImportReport
	for b := range batches {
		done, err := s.importBatch(ctx, report, b)
		if err != nil {
			return report, err
		}
		report = done
		if progress != nil {
			progress(report.Records)
		}
		if b.err != nil {
			return report, b.err
		}
	}
	return report, ctx.Err()
}

// batch is what one transaction stores.
type batch struct {
	records []histfile.Record
	bytes   int
	bad     []*histfile.LineError
	err     error // ended the file early
}

// read decodes batches while others are stored.
func read(ctx context.Context, r io.Reader, to chan<- batch) {
	defer close(to)
	var b batch
	send := func() bool {
		select {
		case to <- b:
			b = batch{}
			return true
		case <-ctx.Done():
			return false
		}
	}
	for rec, err := range histfile.Records(r) {
		if bad, ok := errors.AsType[*histfile.LineError](err); ok {
			b.bad = append(b.bad, bad)
		} else if err != nil {
			b.err = err
			break
		} else {
			b.records = append(b.records, rec)
			b.bytes += rec.Size
		}
		full := len(b.records)+len(b.bad) >= importBatch || b.bytes >= importBytes
		if full && !send() {
			return
		}
	}
	send()
}

// importBatch stores a batch, all of it or nothing.
func (s *Sandbox) importBatch(ctx context.Context, before ImportReport, b batch) (ImportReport, error) {
	report := before
	for _, bad := range b.bad {
		report.bad(bad)
	}
	messages := make([]store.Message, len(b.records))
	for i, rec := range b.records {
		messages[i] = rec.Message
	}
	err := s.store.WriteBulk(ctx, func(w *store.Bulk) error {
		outcomes, err := w.Append(ctx, messages)
		for i, o := range outcomes {
			switch {
			case o.Err != nil:
				report.bad(&histfile.LineError{Line: b.records[i].Line, Err: o.Err})
				continue
			case o.Added:
				report.Imported++
			default:
				report.Duplicates++
			}
			report.Records++
		}
		return err
	})
	if err != nil {
		return before, err
	}
	return report, nil
}

func (r *ImportReport) bad(line *histfile.LineError) {
	r.Records++
	r.Bad++
	if len(r.BadLines) < reportedLines {
		r.BadLines = append(r.BadLines, *line)
	}
}
