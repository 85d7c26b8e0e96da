package restore

import (
	"context"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// The first and the longest wait between two attempts.
const (
	firstWait = 100 * time.Millisecond
	maxWait   = 30 * time.Second
)

// attempts is how often an import is tried while it is not known to be stored.
const attempts = 8

// job is a restore under way.
type job struct {
	*Restorer

	record   *ledger
	messages *spool
	progress Progress
}

// thread restores a conversation, the oldest message first. It stops at an
// error: what comes after a message that may yet be stored has to wait for it.
func (j *job) thread(ctx context.Context, t *thread) error {
	for i := range t.items {
		it := &t.items[i]
		if it.fate == RestoredBefore && j.record.past[it.id].Step != restored {
			if err := j.record.add(t.line(it, line{Step: restored, New: it.newID, Found: true})); err != nil {
				return err
			}
		}
		if it.fate != ToRestore {
			continue
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := j.restore(ctx, t, it); err != nil {
			return err
		}
		j.progress.Done++
		if j.Heard != nil {
			j.Heard(j.progress)
		}
	}
	return nil
}

func (t *thread) line(it *item, l line) line {
	l.Old, l.Timestamp, l.Conversation, l.Type = it.id, it.timestamp, t.ref.Conversation, t.ref.Type
	return l
}

// restore sends one message until its fate is known. An import must not be
// repeated blindly: after an answer that never came it is looked for first.
func (j *job) restore(ctx context.Context, t *thread, it *item) error {
	m, err := j.messages.get(it.place)
	if err != nil {
		return err
	}
	if err := j.record.add(t.line(it, line{Step: sending})); err != nil {
		return err
	}
	wait := backoff.ExponentialBackOff{InitialInterval: firstWait, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: maxWait}
	for attempt := 1; ; attempt++ {
		id, err := j.Service.ImportMessage(ctx, m)
		if err == nil {
			return j.stored(t, it, line{New: id})
		}
		outcome := outcomeOf(err)
		if outcome == stop || outcome != rejected && attempt == attempts {
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

func (j *job) stored(t *thread, it *item, l line) error {
	l.Step = restored
	it.fate, it.newID = Restored, l.New
	return j.record.add(t.line(it, l))
}

// rejected notes a refusal. It may be that of a second try whose first was
// stored and not yet to be seen, or stored with a body that the service changed.
func (j *job) rejected(ctx context.Context, t *thread, it *item, m roaming.Message, cause error) error {
	if it.pending {
		found, err := j.imported(ctx, t, m, true)
		if err != nil {
			return err
		}
		if found != 0 {
			return j.stored(t, it, line{New: found, Found: true})
		}
	}
	it.fate, it.reason = Refused, cause.Error()
	// The contract does not say in which words imports that don't rise are refused.
	if strings.Contains(it.reason, "timestamp") {
		it.fate = OutOfOrder
	}
	return j.record.add(t.line(it, line{Step: refused, Reason: it.reason}))
}

// imported looks for a copy of a message in the user's view, 0 for none. With
// loosely the time, the sender and the kind are enough.
func (j *job) imported(ctx context.Context, t *thread, m roaming.Message, loosely bool) (roaming.MessageID, error) {
	want, err := fingerprintOf(m)
	if err != nil {
		return 0, err
	}
	at := roaming.HistoryQuery{Since: m.Timestamp.Time, Until: m.Timestamp.Time}
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
		if got == want || loosely && have.From == m.From && have.Kind == m.Kind {
			return have.ID, nil
		}
	}
	return 0, nil
}

func (j *job) sleep(ctx context.Context, d time.Duration) error {
	if j.Sleep != nil {
		return j.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// outcome is what an import's error says of the message.
type outcome int

const (
	unknown  outcome = iota // it may have been stored
	busy                    // it was not stored, and may be later
	rejected                // it was not stored and never will be
	stop                    // no message will
)

func outcomeOf(err error) outcome {
	switch kind := fault.KindOf(err); kind {
	case fault.RateLimited:
		return busy
	case fault.Refused, fault.NotFound:
		return rejected
	case fault.Network:
		return unknown
	default:
		return stop
	}
}
