package run

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// Job is one user's part of a run.
type Job struct {
	Seq  int64 // in the order in which the users were given, from 1
	User string
	Spec []byte // for Add: what to do for this user, where it is not the same for all
}

// Result is how a job ended.
type Result struct {
	State         State
	Kind          fault.Kind // of a failure
	Error         string     // of a failure
	Conversations int        // that were read or deleted
	Messages      int
}

// JobResult is a job with its result.
type JobResult struct {
	Job
	Result
}

// Totals are the numbers of a run.
type Totals struct {
	Users         int `json:"users"` // known so far
	Done          int `json:"done"`
	Failed        int `json:"failed"`
	Pending       int `json:"pending"`       // or awaiting a retry
	Conversations int `json:"conversations"` // of the jobs that are done or failed
	Messages      int `json:"messages"`      // likewise
	Skipped       int `json:"set_aside"`     // lines of a users file that are no user IDs
}

// Add adds jobs for users who have none yet, and returns how many it added.
func (d *DB) Add(ctx context.Context, jobs []Job) (added int, err error) {
	err = d.commit(ctx, func(tx *sql.Tx) error {
		added, err = add(ctx, tx, jobs)
		return err
	})
	return added, err
}

// AddPage is like Add for a page of a listing. It sets the note name to the
// cursor of the next page in the same transaction.
func (d *DB) AddPage(ctx context.Context, jobs []Job, name, next string) (added int, err error) {
	err = d.commit(ctx, func(tx *sql.Tx) error {
		if added, err = add(ctx, tx, jobs); err != nil {
			return err
		}
		return setNote(ctx, tx, name, next)
	})
	return added, err
}

func add(ctx context.Context, tx *sql.Tx, jobs []Job) (added int, err error) {
	ctx = context.WithoutCancel(ctx)
	insert, err := tx.PrepareContext(ctx, "INSERT INTO jobs(user, spec) VALUES(?, ?) ON CONFLICT DO NOTHING")
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	for _, j := range jobs {
		result, err := insert.ExecContext(ctx, j.User, j.Spec)
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		added += int(n)
	}
	return added, nil
}

// Waiting returns up to limit jobs after seq in a state, without their specs.
func (d *DB) Waiting(ctx context.Context, state State, seq int64, limit int) (jobs []Job, err error) {
	// The last condition is for the index, which leaves out the jobs that are done.
	for j, err := range query(ctx, d, "SELECT seq, user FROM jobs WHERE state = ? AND seq > ? AND state <> 'done' ORDER BY seq LIMIT ?",
		[]any{string(state), seq, limit}, func(rows *sql.Rows) (j Job, err error) {
			err = rows.Scan(&j.Seq, &j.User)
			return j, err
		}) {
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// Spec returns what to do for a job's user; nil where it is the same for all.
func (d *DB) Spec(ctx context.Context, j Job) (spec []byte, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT spec FROM jobs WHERE seq = ?", j.Seq).Scan(&spec)
	return spec, unusable(d.path, err)
}

// Digest returns the SHA-256, in hex, of all jobs in order with their specs.
func (d *DB) Digest(ctx context.Context) (string, error) {
	sum := sha256.New()
	for j, err := range query(ctx, d, "SELECT seq, user, spec FROM jobs ORDER BY seq", nil, func(rows *sql.Rows) (j Job, err error) {
		err = rows.Scan(&j.Seq, &j.User, &j.Spec)
		return j, err
	}) {
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%d %d %s %d %s\n", j.Seq, len(j.User), j.User, len(j.Spec), j.Spec)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Finish stores the result of a job.
func (d *DB) Finish(ctx context.Context, j Job, r Result) error {
	return d.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.WithoutCancel(ctx),
			"UPDATE jobs SET state = ?, kind = ?, error = ?, conversations = ?, messages = ? WHERE seq = ?",
			string(r.State), string(r.Kind), r.Error, r.Conversations, r.Messages, j.Seq)
		return err
	})
}

// Retry makes failed jobs wait for a retry, after those that were not tried yet.
// Their errors stay until then.
func (d *DB) Retry(ctx context.Context) error {
	return d.commit(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.WithoutCancel(ctx), "UPDATE jobs SET state = 'again', conversations = 0, messages = 0 WHERE state = 'failed'")
		return err
	})
}

// Totals adds up the jobs.
func (d *DB) Totals(ctx context.Context) (t Totals, err error) {
	err = d.db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'failed'), 0),
		coalesce(sum(state IN ('pending', 'again')), 0), coalesce(sum(conversations), 0), coalesce(sum(messages), 0),
		(SELECT count(*) FROM skipped_lines) FROM jobs`).
		Scan(&t.Users, &t.Done, &t.Failed, &t.Pending, &t.Conversations, &t.Messages, &t.Skipped)
	return t, unusable(d.path, err)
}

const selectJobs = "SELECT seq, user, state, kind, error, conversations, messages FROM jobs"

func scanJob(rows *sql.Rows) (r JobResult, err error) {
	err = rows.Scan(&r.Seq, &r.User, &r.State, &r.Kind, &r.Error, &r.Conversations, &r.Messages)
	return r, err
}

// Jobs iterates over the jobs in a state, or all for "", in order.
func (d *DB) Jobs(ctx context.Context, state State) iter.Seq2[JobResult, error] {
	if state == "" {
		return query(ctx, d, selectJobs+" ORDER BY seq", nil, scanJob)
	}
	return query(ctx, d, selectJobs+" WHERE state = ? ORDER BY seq", []any{string(state)}, scanJob)
}

// errNoJob is the error of Job for a number that no job has.
var errNoJob = errors.New("no such job")

// Job returns a job by its number.
func (d *DB) Job(ctx context.Context, seq int64) (JobResult, error) {
	for r, err := range query(ctx, d, selectJobs+" WHERE seq = ?", []any{seq}, scanJob) {
		return r, err
	}
	return JobResult{}, errNoJob
}

// jobDigits is how many digits a job's number has at least in a job ID.
const jobDigits = 6

// jobID names a job of a run over several users: 20261123T143012-7f3a9c-000017 is
// the 17th job of 20261123T143012-7f3a9c.
func jobID(run string, seq int64) string { return fmt.Sprintf("%s-%0*d", run, jobDigits, seq) }

// cutJobID splits a job ID into the run's ID and the job's number.
func cutJobID(id string) (run string, seq int64, ok bool) {
	i := strings.LastIndexByte(id, '-')
	if i < 0 || len(id)-i-1 < jobDigits || strings.Count(id, "-") != 2 {
		return "", 0, false
	}
	seq, err := strconv.ParseInt(id[i+1:], 10, 64)
	return id[:i], seq, err == nil && seq > 0
}
