package deletion

import (
	"context"
	"errors"
	"time"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// Journal is a job's journal.
type Journal interface {
	Recorder

	ID() string
	// AppendAll appends events, all or none.
	AppendAll(entries ...run.Entry) error
}

// Engine does jobs: it backs up, deletes and verifies, and writes each step to the
// journal, so that a job that was killed at any instant can be resumed.
type Engine struct {
	Service roaming.Service
	Sleep   func(ctx context.Context, d time.Duration) error
	// Backup are the options of every backup; the scope is the job's.
	Backup backup.Options
	// Width is how many calls that delete may be in flight at once; 0 for one.
	Width int
	// OnProgress, if not nil, is called with each step.
	OnProgress func(Progress)
}

// Progress is a step of a job: one of its fields is set.
type Progress struct {
	BackingUp int // messages in the backup so far
	Backup    *BackupRef
	Outcome   *Outcome
	Of        int // calls in all, with Outcome
}

// Run does what s says, or what is left of it by the journal of an earlier process.
// The report is complete whatever the error.
func (e *Engine) Run(ctx context.Context, s Settings, journal Journal, before Replay) (Report, error) {
	r := NewReport(s, journal.ID())
	err := e.run(ctx, s, journal, before, &r)
	r.close(ctx, err, before.inDoubt())
	if r.State != run.Interrupted {
		finished := finishedEvent{State: r.State}
		if err != nil {
			finished.Error = err.Error()
		}
		entries := []run.Entry{{Kind: eventFinished, Data: finished}}
		if r.Verification != nil {
			entries = append([]run.Entry{{Kind: eventVerified, Data: r.Verification}}, entries...)
		}
		err = errors.Join(err, journal.AppendAll(entries...))
	}
	return r, err
}

// Refuse writes to a journal that its job was refused before it began.
func Refuse(journal Recorder) error {
	return journal.Append(eventFinished, finishedEvent{State: run.Refused})
}

func (e *Engine) run(ctx context.Context, s Settings, journal Journal, before Replay, r *Report) error {
	state := before
	if state.Calls == nil {
		var err error
		if state, err = e.prepare(ctx, s, journal, r); err != nil {
			r.nothingSent(s)
			return unsent(ctx, s.Job, err)
		}
	}
	r.Backup, r.PeerBackups = state.Backup, state.PeerBackups
	r.Freeze(state.Frozen)
	r.CountConversations(state.Calls)
	if len(state.Calls) == 0 {
		return nil
	}
	var first error
	listed, err := newListedConversations(ctx, e.Service, s, state.Frozen)
	if err != nil {
		return err
	}
	executor := Executor{Service: e.Service, Notify: s.Job.Notify, Recall: s.Job.Recall, Journal: journal, Width: e.Width, busy: listed.busy}
	switch {
	case before.Progress == nil: // not a resumed job, however far it got
	case s.Job.Recall != nil:
		still, err := e.stillSeen(ctx, s, state)
		if err != nil {
			return err
		}
		executor.review = reviewRecalls(before.Progress, still)
	default:
		executor.review = reviewer{service: e.Service, command: s.Job.Command, progress: before.Progress}.review
	}
	err = executor.Run(ctx, state.Calls, state.Accepted, func(o Outcome) {
		if first == nil || fault.KindOf(o.Err) == fault.Safety && fault.KindOf(first) != fault.Safety {
			first = o.Err
		}
		o.Gone = append(o.Gone, before.Progress[o.Number].Gone...)
		r.Add(o)
		if o.Status == Accepted {
			listed.accepted(o.Call)
		}
		e.progress(Progress{Outcome: &o, Of: len(state.Calls)})
	})
	if err == nil && fault.KindOf(first) == fault.Safety {
		err = first
	}
	if err = firstError(err, Verdict(r.AcceptedCalls+r.AcceptedCallsBefore, len(state.Calls), first)); err != nil {
		return err
	}
	return firstError(e.verify(ctx, s, state, listed, r), checkIDs(s.Job, state.Frozen, fault.Partial))
}

// unsent is why nothing was sent.
func unsent(ctx context.Context, job Job, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if roaming.IsEnough(context.Cause(ctx)) {
		return fault.Wrap(fault.Partial, context.Cause(ctx), "%s yet", job.nothing())
	}
	return fault.Wrap(fault.Interrupted, err, "interrupted before anything was %s", job.past())
}

// prepare reads what is about to be deleted, backs it up and decides on the calls.
func (e *Engine) prepare(ctx context.Context, s Settings, journal Journal, r *Report) (Replay, error) {
	state := Replay{Calls: []Call{}}
	if s.direct() {
		job, err := expand(ctx, e.Service, s.Job)
		if err != nil {
			return state, err
		}
		state.Calls, state.Unread = append(state.Calls, directCalls(job)...), namedTargets(job)
		return e.decided(ctx, s, journal, state, state.Unread)
	}
	frozen, ref, err := e.backUp(ctx, s, journal.ID())
	r.Freeze(frozen)
	if err != nil {
		return state, err
	}
	state.Frozen, state.Backup = frozen, ref
	if ref != nil {
		e.progress(Progress{Backup: ref})
	}
	state.Calls = append(state.Calls, FrozenCalls(s.Job, frozen)...)
	return e.decided(ctx, s, journal, state, frozen)
}

// decided writes the backup and the calls to the journal, and what the other side
// could see before them.
func (e *Engine) decided(ctx context.Context, s Settings, journal Journal, state Replay, frozen []Frozen) (Replay, error) {
	if s.Job.Recall != nil {
		var err error
		if state.PeerBackups, state.Peers, err = e.backUpPeers(ctx, s, journal.ID(), frozen); err != nil {
			return state, err
		}
	} else if s.Verify == VerifyPeer {
		views, err := e.verifier(s).Peers(ctx, frozen)
		if err != nil {
			return state, fault.Wrap(fault.Safety, err, "cannot compare the other side's view; nothing was deleted").
				WithHint("--verify user checks only this user's view")
		}
		state.Peers = views
	}
	entries := []run.Entry{{Kind: eventCalls, Data: state.event()}}
	if state.Backup != nil {
		entries = append([]run.Entry{{Kind: eventBackup, Data: state.Backup}}, entries...)
	}
	return state, journal.AppendAll(entries...)
}

func (e *Engine) verifier(s Settings) Verifier {
	return Verifier{Service: e.Service, For: s.VerifyFor, Sleep: e.Sleep}
}

// verify checks that what was to be deleted is gone. Without a backup it can only
// look for what was named by ID or time.
func (e *Engine) verify(ctx context.Context, s Settings, state Replay, listed *listedConversations, r *Report) error {
	gone := state.Frozen
	if s.direct() {
		gone = state.Unread
	}
	lists := s.VerifyList && (listed.all || len(listed.refs) > 0)
	if s.Verify == VerifyNone && len(r.AlreadyGone) > 0 {
		return fault.New(fault.Partial, "the service did not find %d of the messages, and whether anyone still sees them was not checked", len(r.AlreadyGone)).
			WithHint("check without --verify none: roamctl messages fetch shows what is left")
	}
	if s.Verify == VerifyNone || len(gone) == 0 && !lists {
		return nil
	}
	v := e.verifier(s)
	var result Verification
	switch {
	case s.Job.Recall != nil && s.Verify == VerifyPeer:
		result = v.Everyone(ctx, gone, state.Peers)
	case s.Job.Recall != nil:
		result = v.Everyone(ctx, gone, nil)
	case s.Verify == VerifyPeer:
		result = v.User(ctx, gone)
		v.ComparePeers(ctx, gone, state.Peers, &result)
	default:
		result = v.User(ctx, gone)
	}
	if lists {
		var err error
		if result.Conversations, err = v.check(ctx, listed); err != nil {
			result.Error = err.Error()
		}
	}
	if ctx.Err() != nil {
		return fault.Wrap(fault.Interrupted, context.Cause(ctx), "interrupted: all calls were accepted, and the verification did not finish")
	}
	r.Verification = &result
	return result.Verdict()
}

func (e *Engine) progress(p Progress) {
	if e.OnProgress != nil {
		e.OnProgress(p)
	}
}

// firstError returns the first error that is not nil.
func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
