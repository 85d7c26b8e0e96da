package sandbox

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// Sizes of an import.
const (
	importBatch   = 5000            // records at a time
	importBytes   = 4 << 20         // and bytes
	importHold    = 2 * time.Second // for a transaction: nobody else can write meanwhile
	reportedLines = 10              // bad lines that a report names
)

// ImportReport is the result of an import.
type ImportReport struct {
	Records    int64     // lines with a record, bad ones included
	Imported   int64     // messages stored
	Duplicates int64     // records whose msg_id exists: skipped
	Bad        int64     // lines that can't be read: skipped
	BadLines   []BadLine // the first few of them
}

// Import reads a history file (docs/contract.md, section 7), plain or gzip, as it
// streams. Its records are clients' messages: they create users, conversations and
// group memberships. It skips and reports a line that can't be read. What was imported
// before an error stays: importing the file again skips it. progress, if not nil, is
// called with the number of records after each batch.
func (s *Sandbox) Import(ctx context.Context, r io.Reader, progress func(done int64)) (ImportReport, error) {
	ctx, cancel := context.WithCancel(ctx)
	batches := make(chan batch, 1)
	go read(ctx, r, batches)
	defer func() {
		cancel()
		for range batches { // until read returns
		}
	}()
	var report ImportReport
	for b := range batches {
		done, broken, err := s.importSome(ctx, report, b, batches, progress)
		if err != nil {
			return report, err
		}
		report = done
		if broken != nil {
			return report, broken
		}
	}
	return report, ctx.Err()
}

// importSome stores batches in one transaction: b, and those that are read within
// importHold. Cancelling ctx ends the batches; it stores those that were read. broken
// is the error that ended the file.
func (s *Sandbox) importSome(ctx context.Context, before ImportReport, b batch, more <-chan batch, progress func(int64)) (after ImportReport, broken, err error) {
	ctx = context.WithoutCancel(ctx)
	after = before
	err = s.store.Write(ctx, func(w *store.Writer) error {
		hold := time.NewTimer(importHold)
		defer hold.Stop()
		for ok := true; ok; {
			if err := after.add(ctx, w, b); err != nil {
				return err
			}
			if progress != nil {
				progress(after.Records)
			}
			if broken = b.err; broken != nil {
				return nil
			}
			select {
			case <-hold.C:
				return nil
			case b, ok = <-more:
			}
		}
		return nil
	})
	if err != nil {
		return before, nil, err
	}
	return after, broken, nil
}

// batch is a part of the file.
type batch struct {
	records []historyRecord
	bytes   int
	bad     []*BadLine
	err     error // that ended the file
}

// read decodes batches while earlier ones are stored.
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
	for rec, err := range historyRecords(r) {
		if bad, ok := errors.AsType[*BadLine](err); ok {
			b.bad = append(b.bad, bad)
		} else if err != nil {
			b.err = err
			break
		} else {
			b.records = append(b.records, rec)
			b.bytes += rec.size
		}
		full := len(b.records)+len(b.bad) >= importBatch || b.bytes >= importBytes
		if full && !send() {
			return
		}
	}
	send()
}

// add stores and counts a batch.
func (r *ImportReport) add(ctx context.Context, w *store.Writer, b batch) error {
	for _, bad := range b.bad {
		r.bad(bad)
	}
	messages := make([]store.Message, len(b.records))
	for i, rec := range b.records {
		messages[i] = rec.message
	}
	outcomes, err := w.Append(ctx, messages...)
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		switch {
		case o.Err != nil:
			r.bad(&BadLine{Line: b.records[i].line, Err: o.Err})
			continue
		case o.Added:
			r.Imported++
		default:
			r.Duplicates++
		}
		r.Records++
	}
	return nil
}

func (r *ImportReport) bad(line *BadLine) {
	r.Records++
	r.Bad++
	if len(r.BadLines) < reportedLines {
		r.BadLines = append(r.BadLines, *line)
	}
}
