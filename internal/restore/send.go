package restore

import (
	"context"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/roamctl/roamctl/internal/clock"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// The first and the longest wait between two attempts, and the number of
// attempts while an import is not known to be stored.
const (
	minWait  = 100 * time.Millisecond
	maxWait  = 30 * time.Second
	attempts = 8
)

// job is a running restore.
type job struct {
	*Restorer

	record   *mapFile
	messages *tempFile
	progress Progress
}

// restoreConversation restores a conversation, the oldest message first. It stops at an
// error: a message that may yet be stored must come before the next one.
func (j *job) restoreConversation(ctx context.Context, t *conversation) error {
	for i := range t.items {
		it := &t.items[i]
		if it.status == RestoredBefore && j.record.known[it.id].Step != restored {
			if err := j.write(t, it, line{Step: restored, New: it.newID, Found: true}); err != nil {
				return err
			}
		}
		if it.status != ToRestore {
			continue
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := j.restore(ctx, t, it); err != nil {
			return err
		}
		j.progress.Done++
		if j.OnProgress != nil {
			j.OnProgress(j.progress)
		}
	}
	return nil
}

func (j *job) write(t *conversation, it *item, l line) error {
	l.Old, l.Timestamp, l.Conversation, l.Type = it.id, it.timestamp, t.ref.Conversation, t.ref.Type
	return j.record.add(l)
}

// restore sends one message until its outcome is known. Before it repeats an
// import whose answer was lost, it looks for the message.
func (j *job) restore(ctx context.Context, t *conversation, it *item) error {
	m, err := j.messages.get(it.place)
	if err != nil {
		return err
	}
	if err := j.write(t, it, line{Step: sending}); err != nil {
		return err
	}
	wait := backoff.ExponentialBackOff{InitialInterval: minWait, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: maxWait}
	for attempt := 1; ; attempt++ {
		id, err := j.Service.ImportMessage(ctx, m)
		if err == nil {
			return j.stored(t, it, line{New: id})
		}
		outcome := outcomeOf(err)
		if outcome == fatal || outcome != rejected && attempt == attempts {
			return err
		}
		if outcome == rejected {
			return j.rejected(ctx, t, it, m, err)
		}
		if err := j.sleep(ctx, wait.NextBackOff()); err != nil {
			return err
		}
		if outcome != unknown {
			continue
		}
		it.pending = true
		found, err := j.imported(ctx, t, m, false)
		if err != nil {
			return err
		}
		if found != 0 {
			return j.stored(t, it, line{New: found, Found: true})
		}
	}
}

func (j *job) stored(t *conversation, it *item, l line) error {
	l.Step = restored
	it.status, it.newID = Restored, l.New
	return j.write(t, it, l)
}

// rejected records a refusal, unless an earlier attempt was stored: not visible
// until now, or with a body that the service changed.
func (j *job) rejected(ctx context.Context, t *conversation, it *item, m roaming.Message, cause error) error {
	if it.pending {
		found, err := j.imported(ctx, t, m, true)
		if err != nil {
			return err
		}
		if found != 0 {
			return j.stored(t, it, line{New: found, Found: true})
		}
	}
	it.status, it.reason = Refused, cause.Error()
	// docs/contract.md does not say which error the service returns for times that don't rise.
	if strings.Contains(it.reason, "timestamp") {
		it.status = OutOfOrder
	}
	return j.write(t, it, line{Step: refused, Reason: it.reason})
}

// imported returns the ID of a copy of m in the user's history, 0 for none. If
// ignoreBody is set, a message with the same time, sender and kind is a copy.
func (j *job) imported(ctx context.Context, t *conversation, m roaming.Message, ignoreBody bool) (roaming.MessageID, error) {
	want, err := fingerprintOf(m)
	if err != nil {
		return 0, err
	}
	at := roaming.HistoryQuery{Since: m.Timestamp.Time, Until: m.Timestamp.Time, UserView: true}
	for have, err := range roaming.Items(j.Service.History(ctx, t.ref, at)) {
		if roaming.IsItemError(err) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if _, old := t.byID[have.ID]; old || !have.Timestamp.Equal(m.Timestamp.Time) {
			continue
		}
		got, err := fingerprintOf(have)
		if err != nil {
			return 0, err
		}
		if got == want || ignoreBody && have.From == m.From && have.Kind == m.Kind {
			return have.ID, nil
		}
	}
	return 0, nil
}

func (j *job) sleep(ctx context.Context, d time.Duration) error {
	if j.Sleep != nil {
		return j.Sleep(ctx, d)
	}
	if err := clock.System().Sleep(ctx, d); err != nil {
		return context.Cause(ctx)
	}
	return nil
}

// outcome is what the error of an import means for the message.
type outcome int

const (
	unknown  outcome = iota // it may be stored
	retry                   // it is not stored
	rejected                // it is not stored and never will be
	fatal                   // no message will be
)

func outcomeOf(err error) outcome {
	switch fault.KindOf(err) {
	case fault.RateLimited:
		return retry
	case fault.Refused, fault.NotFound:
		return rejected
	case fault.Network:
		return unknown
	default:
		return fatal
	}
}
