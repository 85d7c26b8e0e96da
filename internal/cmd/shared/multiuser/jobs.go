package multiuser

import (
	"context"
	"encoding/json"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/plan"
	"github.com/roamctl/roamctl/internal/run"
)

// DeleteJobs is like Delete for jobs that differ, one for each user. All of them
// are in the run before the first request, so that resuming it finishes all.
func DeleteJobs(ctx context.Context, a *app.App, q Request, jobs []deletion.Job) error {
	specs := make([]run.Job, len(jobs))
	for i, job := range jobs {
		j, err := newSpec(job, nil)
		if err != nil {
			return err
		}
		specs[i] = j
	}
	q.Job = jobs[0].For("") // as a sample: the specs have each user's own
	d := &deletionRun{Request: q, app: a, add: addJobs(specs)}
	d.intent = Intent{Command: q.Job.Command, Users: Source{Named: len(jobs), Specs: true}}
	return d.run(ctx, true)
}

// Plan is a plan to apply.
type Plan struct {
	plan.Plan // without its jobs

	Path  string
	Count plan.Count
	// Job is the job of a plan's only user; with several users it has no user.
	Job      deletion.Job
	expected []deletion.Frozen // of the only user
}

// ReadPlan reads and checks a plan, and keeps no more than one of its jobs.
func ReadPlan(path string) (Plan, error) {
	p := Plan{Path: path}
	var err error
	if p.Plan, p.Count, err = plan.Scan(path); err != nil {
		return p, err
	}
	p.Job = deletion.Job{Command: "apply", Listed: p.Count.Listed}
	if p.Count.Recalls {
		p.Job.Recall = &deletion.Recall{}
	}
	if p.Count.Users == 1 {
		_, err = plan.Each(path, func(j plan.Job) error {
			p.Job, p.expected = j.Deletion()
			return nil
		})
	}
	return p, err
}

// Apply carries out a plan.
func Apply(ctx context.Context, a *app.App, p Plan, q Request) error {
	q.Job = p.Job
	d := &deletionRun{Request: q, app: a, add: addPlan(p.Path, p.Digest), plan: p.Digest, expected: p.expected}
	d.intent = Intent{Command: p.Job.Command, Users: Source{Plan: p.Path, Specs: true}}
	return d.run(ctx, p.Count.Users > 1)
}

// spec is what to do for one user.
type spec struct {
	Job      deletion.Job      `json:"job"`
	Expected []deletion.Frozen `json:"expected"` // nil without a plan
}

func newSpec(job deletion.Job, expected []deletion.Frozen) (run.Job, error) {
	b, err := json.Marshal(spec{job, expected})
	if err != nil {
		return run.Job{}, fault.Wrap(fault.Bug, err, "encoding the job of %s", job.User)
	}
	return run.Job{User: job.User, Spec: b}, nil
}

func addJobs(jobs []run.Job) func(context.Context, *run.Run) error {
	return func(ctx context.Context, r *run.Run) error {
		_, err := r.Add(ctx, jobs)
		return err
	}
}

// addPlan adds a job for each user of a plan.
func addPlan(path, digest string) func(context.Context, *run.Run) error {
	const batch = 20 // a user's job may be large
	return func(ctx context.Context, r *run.Run) error {
		var jobs []run.Job
		flush := func() error {
			n, err := r.Add(ctx, jobs)
			if err == nil && n < len(jobs) {
				err = fault.New(fault.Safety, "the plan %s names a user twice", path)
			}
			jobs = jobs[:0]
			return err
		}
		p, err := plan.Each(path, func(j plan.Job) error {
			job, err := newSpec(j.Deletion())
			if err != nil {
				return err
			}
			if jobs = append(jobs, job); len(jobs) < batch {
				return nil
			}
			return flush()
		})
		if err != nil {
			return err
		}
		if p.Digest != digest {
			return fault.New(fault.Safety, "%s was changed while it was read", path)
		}
		return flush()
	}
}
