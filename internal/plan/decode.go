package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/roamctl/roamctl/internal/fault"
)

// decode checks all of a plan, and then reads it job by job.
func decode(r io.ReaderAt, size int64, each func(Job) error) (p Plan, err error) {
	const mark = "\ufeff" // an editor's byte order mark changes nothing
	start := make([]byte, len(mark))
	if _, err := r.ReadAt(start, 0); err == nil && string(start) == mark {
		size -= int64(len(mark))
		r = io.NewSectionReader(r, int64(len(mark)), size)
	}
	if p.Digest, err = checkDigest(r, size); err != nil {
		return p, err
	}
	d := json.NewDecoder(io.NewSectionReader(r, 0, size))
	var given error // each's own
	header, err := fields(d, func() error {
		return jobs(d, func(j Job) error {
			given = each(j)
			return given
		})
	})
	if given != nil {
		return p, given
	}
	if err != nil {
		if _, ok := errors.AsType[*fault.Error](err); ok {
			return p, err
		}
		return p, fault.Wrap(fault.Safety, err, "not a plan")
	}
	digest := p.Digest
	if err := json.Unmarshal(header, &p); err != nil {
		return p, fault.Wrap(fault.Safety, err, "not a plan")
	}
	p.Digest = digest
	if p.Format != Format && p.Format != RecallFormat {
		return p, fault.New(fault.Safety, "the plan has format %d; this version of roamctl reads formats %d and %d", p.Format, Format, RecallFormat)
	}
	return p, nil
}

// fields reads an object's members except its jobs, and returns them as JSON.
func fields(d *json.Decoder, jobs func() error) ([]byte, error) {
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, err
	}
	all := map[string]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		if name == "jobs" {
			if err := jobs(); err != nil {
				return nil, err
			}
			continue
		}
		key, _ := name.(string) // a member's name is one
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		all[key] = value
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// jobs reads the jobs, one at a time.
func jobs(d *json.Decoder, each func(Job) error) error {
	if err := expect(d, json.Delim('[')); err != nil {
		return err
	}
	for d.More() {
		var j struct {
			Job

			Messages []Message `json:"messages"`
		}
		if err := d.Decode(&j); err != nil {
			return err
		}
		j.Job.Messages = j.Messages
		if err := j.check(); err != nil {
			return err
		}
		if err := each(j.Job); err != nil {
			return err
		}
	}
	return expect(d, json.Delim(']'))
}

func expect(d *json.Decoder, want json.Delim) error {
	got, err := d.Token()
	if err == nil && got != want {
		err = fmt.Errorf("%v in place of %v", got, want)
	}
	return err
}

// checkDigest compares the digest with the bytes, and returns it.
func checkDigest(r io.ReaderAt, size int64) (string, error) {
	const tail = int64(len(digestStart) + len(noDigest) + len(digestEnd))
	notOne := fault.New(fault.Safety, "not a plan, or its end was changed: it does not end in a digest").
		WithHint("make a new plan; a plan can't be edited by hand")
	if size < tail {
		return "", notOne
	}
	end := make([]byte, tail)
	if _, err := r.ReadAt(end, size-tail); err != nil {
		return "", fault.Wrap(fault.Config, err, "cannot read the plan")
	}
	if !bytes.HasPrefix(end, []byte(digestStart)) || !bytes.HasSuffix(end, []byte(digestEnd)) {
		return "", notOne
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, size-tail)); err != nil {
		return "", fault.Wrap(fault.Config, err, "cannot read the plan")
	}
	sum.Write([]byte(digestStart + noDigest + digestEnd))
	said := string(end[len(digestStart) : len(digestStart)+len(noDigest)])
	if hex.EncodeToString(sum.Sum(nil)) != said {
		return "", fault.New(fault.Safety, "the plan was changed after it was written: its digest does not match").
			WithHint("make a new plan; a plan can't be edited by hand")
	}
	return said, nil
}

// check refuses what no plan of roamctl has: a job that no command makes, and a
// target whose count is not that of its messages.
func (j Job) check() error {
	job, _ := j.Deletion()
	if err := job.Check(); err != nil {
		return err
	}
	listed := 0
	for _, t := range j.Targets {
		ids, _ := j.ids(t)
		n := len(ids)
		if n != t.Messages {
			return fault.New(fault.Safety, "the plan lists %d messages of %s and counts %d", n, t.Conversation, t.Messages)
		}
		listed += n
	}
	if listed != len(j.Messages) {
		return fault.New(fault.Safety, "the plan lists messages of conversations that it does not name")
	}
	return nil
}
