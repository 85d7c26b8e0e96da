package sync

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/historyfile"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// fetch fetches one hour. The error is one that ends the sync.
func (h *Hours) fetch(ctx context.Context, start time.Time) error {
	hour := Hour{Start: start}
	var err error
	if hour.File, err = h.Files.HistoryFileName(start); err != nil {
		return err
	}
	err = h.read(ctx, &hour)
	if _, cut := errors.AsType[*historyfile.CutShort](err); cut {
		err = h.read(ctx, &hour) // the file may be whole now
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if wrong, ok := errors.AsType[*wrongZone](err); ok {
		return wrong.fault(hour.File)
	}
	if _, broken := errors.AsType[*storeError](err); broken {
		return err
	}
	h.judge(&hour, err)
	if err := h.note(ctx, &hour); err != nil {
		return err
	}
	h.onHour(hour)
	return h.stop(err)
}

// judge says what became of an hour.
func (h *Hours) judge(hour *Hour, err error) {
	hour.State = archive.Young
	if h.final(hour.Start) {
		hour.State = archive.Complete
	}
	switch {
	case err == nil && hour.Unreadable > 0:
		hour.State, hour.Err = archive.Failed, fault.New(fault.Partial, "%d lines of %s can't be read", hour.Unreadable, hour.File)
	case err == nil, errors.Is(err, roaming.ErrNoMessages):
	case errors.Is(err, roaming.ErrNotStored) && h.Now.Sub(hour.Start) > keptFor:
		hour.State, hour.Err = archive.Lost, err
	default:
		hour.State, hour.Err = archive.Failed, err
	}
}

// note notes what became of an hour. One without messages is only noted once others
// show that the hours have the right names.
func (h *Hours) note(ctx context.Context, hour *Hour) error {
	f := archive.Fetch{
		Span: span(hour.Start), At: roaming.Millis(h.Now.UnixMilli()), State: hour.State, Records: hour.Records,
	}
	if hour.Err != nil {
		// The gap has the hour. Without its name, gaps of one reason are one.
		f.Reason = strings.ReplaceAll(strings.TrimPrefix(hour.Err.Error(), "fetching the history file "+hour.File+": "), hour.File, "the file")
	}
	if hour.Records == 0 && hour.Err == nil && !h.trusted {
		h.empty = append(h.empty, f)
		return nil
	}
	h.trusted = h.trusted || hour.Records > 0
	if !h.trusted {
		_, err := h.Store.Import(ctx, archive.Batch{Run: h.Run, Fetches: []archive.Fetch{f}})
		return err
	}
	h.empty = append(h.empty, f)
	return h.noteEmpty(ctx)
}

func (h *Hours) noteEmpty(ctx context.Context) error {
	if len(h.empty) == 0 {
		return nil
	}
	_, err := h.Store.Import(ctx, archive.Batch{Run: h.Run, Fetches: h.empty})
	h.empty = nil
	return err
}

// stop is an hour's error if the other hours would have it, too.
func (h *Hours) stop(err error) error {
	if err == nil || errors.Is(err, roaming.ErrNoMessages) || errors.Is(err, roaming.ErrNotStored) || !fault.AffectsAllUsers(err) {
		h.failures = 0
		return nil
	}
	h.failures++
	kind := fault.KindOf(err)
	if kind == fault.Auth || kind == fault.Config || h.failures >= maxFailures {
		return err
	}
	return nil
}

// span is an hour's.
func span(start time.Time) archive.Span {
	return archive.Span{From: start.UnixMilli(), To: start.Add(time.Hour).UnixMilli() - 1}
}
