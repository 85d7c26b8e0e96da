package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/historyfile"
	"github.com/roamctl/roamctl/internal/fault"
)

// batchSize is how many messages one transaction of the archive brings.
const batchSize = 5000

// zoneShift is how far the two zones in which hours are named lie apart.
const zoneShift = 8 * time.Hour

// storeError is an error of the archive, which ends a sync.
type storeError struct{ error }

// Unwrap returns the cause.
func (e *storeError) Unwrap() error { return e.error }

// wrongZone says that the messages of an hour's file are of another hour.
type wrongZone struct{ shift time.Duration }

func (e *wrongZone) Error() string { return fmt.Sprintf("its messages are %s off", e.shift) }

func (e *wrongZone) fault(file string) error {
	right := "UTC"
	if e.shift < 0 { // it took a name in UTC for one in Beijing time
		right = "Beijing"
	}
	return fault.New(fault.Config, "the messages of history file %s are %d hours off its name: history_files_zone is wrong", file, int(e.shift.Abs().Hours())).
		WithHint("this host seems to name hours in %s time: roamctl config set history_files_zone %s; the messages themselves are in the archive", right, right)
}

// read downloads an hour's file into the archive. Decoding goes on beside the archive's
// transactions.
func (h *Hours) read(ctx context.Context, hour *Hour) error {
	hour.Records, hour.Unreadable, hour.Outside = 0, 0, 0
	var early, late int64 // messages of the hour that the other zone has under this name
	err := h.Files.HistoryFile(ctx, hour.Start, h.Dir, func(r io.Reader) error {
		ctx, cancel := context.WithCancel(ctx)
		batches, failed := make(chan []archive.Message), make(chan error, 1)
		go func() { failed <- h.importAll(ctx, cancel, batches, &hour.Result) }()
		err := h.decode(ctx, hour, r, batches, &early, &late)
		close(batches)
		err = errors.Join(<-failed, err)
		cancel()
		return err
	})
	switch {
	case err != nil:
		return err
	case 2*early > hour.Records:
		return &wrongZone{-zoneShift}
	case 2*late > hour.Records:
		return &wrongZone{zoneShift}
	}
	return nil
}

// decode sends the messages of a file in batches, and counts.
func (h *Hours) decode(ctx context.Context, hour *Hour, r io.Reader, to chan<- []archive.Message, early, late *int64) error {
	own := span(hour.Start)
	shift := zoneShift.Milliseconds()
	batch := make([]archive.Message, 0, batchSize)
	send := func() error {
		select {
		case to <- batch:
			batch = make([]archive.Message, 0, batchSize)
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for m, err := range historyfile.Read(r) {
		if bad, ok := errors.AsType[*historyfile.BadLine](err); ok {
			hour.Unreadable++
			if h.OnBadLine != nil {
				h.OnBadLine(hour.File, bad)
			}
			continue
		}
		if err != nil {
			return errors.Join(err, send())
		}
		hour.Records++
		if ms := m.Time.UnixMilli(); !m.Time.IsZero() && (ms < own.From || ms > own.To) {
			hour.Outside++
			switch {
			case ms >= own.From-shift && ms <= own.To-shift:
				*early++
			case ms >= own.From+shift && ms <= own.To+shift:
				*late++
			}
		}
		if batch = append(batch, m); len(batch) == batchSize {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return send()
}

// importAll brings batches into the archive. It cancels the decoding when that fails.
func (h *Hours) importAll(ctx context.Context, cancel context.CancelFunc, batches <-chan []archive.Message, sum *archive.Result) error {
	for batch := range batches {
		if len(batch) == 0 {
			continue
		}
		result, err := h.Store.Import(ctx, archive.Batch{Run: h.Run, Messages: batch})
		if err != nil {
			cancel()
			for range batches { // until decode ends
			}
			return &storeError{err}
		}
		sum.Add(result)
	}
	return nil
}
