package deletion

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Status is how a batch ended.
type Status string

// A batch was accepted (the service answered ok; it does not say how many of
// the IDs existed: contract, section 4), failed, was never sent, or would be
// sent but for a dry run.
const (
	Accepted Status = "accepted"
	Planned  Status = "planned"
	Failed   Status = "failed"
	NotSent  Status = "not_sent"
)

// Batch is one call's worth of IDs and how it ended.
type Batch struct {
	Number int                 // from 1
	IDs    []roaming.MessageID // at most the batch size
	Status Status
	Err    error // why it failed or was not sent
}

// Messages deletes ids from ref in batches of at most size, in order, and
// yields each batch as it ends. A failed batch does not stop the others,
// except where no later one can succeed: then, and once ctx is done, the rest
// comes as NotSent.
func Messages(ctx context.Context, svc roaming.Service, ref roaming.Ref, ids []roaming.MessageID, size int, notify bool) iter.Seq[Batch] {
	return func(yield func(Batch) bool) {
		var stop error
		number := 0
		for chunk := range slices.Chunk(ids, size) {
			number++
			b := Batch{Number: number, IDs: chunk, Status: NotSent, Err: stop}
			if stop == nil {
				b.Status, b.Err = Accepted, svc.DeleteMessages(ctx, ref, chunk, notify)
				if b.Err != nil {
					b.Status = Failed
				}
				stop = hopeless(ctx, b.Err)
			}
			if !yield(b) {
				return
			}
		}
	}
}

// hopeless is err where it would meet every later batch too: the run was
// interrupted, or the credentials do not allow the deletion.
func hopeless(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case fault.KindOf(err) == fault.Auth, errors.Is(err, context.Canceled):
		return err
	default:
		return nil
	}
}
