package plan

import (
	"bytes"
	"errors"

	"github.com/roamctl/roamctl/internal/deletion"
)

// whole is a plan with all of its jobs.
type whole struct {
	Plan

	Jobs []Job
}

func (p *whole) Add(job deletion.Job, frozen []deletion.Frozen, messages []Message) {
	p.Jobs = append(p.Jobs, NewJob(job, frozen, messages))
}

func (p *whole) counts() (c Count) {
	for _, j := range p.Jobs {
		c.add(j)
	}
	return c
}

func (p *whole) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := newEncoder(&b, p.Plan)
	for _, j := range p.Jobs {
		e.job(j)
	}
	var err error
	p.Digest, err = e.end()
	return b.Bytes(), err
}

func collect(read func(each func(Job) error) (Plan, error)) (*whole, error) {
	p := &whole{Jobs: []Job{}}
	var err error
	if p.Plan, err = read(func(j Job) error {
		p.Jobs = append(p.Jobs, j)
		return nil
	}); err != nil {
		return nil, err
	}
	return p, nil
}

func Decode(b []byte) (*whole, error) {
	return collect(func(each func(Job) error) (Plan, error) { return decode(bytes.NewReader(b), int64(len(b)), each) })
}

func Read(path string) (*whole, error) {
	return collect(func(each func(Job) error) (Plan, error) { return Each(path, each) })
}

func Write(path string, p *whole) error {
	w, err := Create(path, p.Plan)
	if err != nil {
		return err
	}
	for _, j := range p.Jobs {
		if err := w.Add(j); err != nil {
			return errors.Join(err, w.Abort())
		}
	}
	_, err = w.Close()
	return err
}
