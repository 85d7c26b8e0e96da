package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/roamctl/roamctl/internal/fault"
)

// A plan ends in its digest, which is over the whole file with the digits of
// the digest as zeros.
const (
	digestStart = ",\n  \"digest\": \""
	noDigest    = "0000000000000000000000000000000000000000000000000000000000000000"
	digestEnd   = "\"\n}\n"
)

// Encode writes the plan and sets its digest. The same plan always gives the
// same bytes.
func (p *Plan) Encode() ([]byte, error) {
	w := writer{}
	w.object("", *p)
	w.WriteString(",\n  \"jobs\": [")
	for i, j := range p.Jobs {
		w.separate(i, "\n    ")
		w.job(j)
	}
	w.WriteString("\n  ]" + digestStart + noDigest + digestEnd)
	if w.err != nil {
		return nil, fault.Wrap(fault.Bug, w.err, "writing a plan")
	}
	b := w.Bytes()
	p.Digest = digest(b)
	copy(b[len(b)-len(digestEnd)-len(noDigest):], p.Digest)
	return b, nil
}

type writer struct {
	bytes.Buffer

	err error
}

// job writes a job with its messages, a line each.
func (w *writer) job(j Job) {
	w.object("    ", j)
	w.WriteString(",\n      \"messages\": [")
	for i, m := range j.Messages {
		w.separate(i, "\n        ")
		w.json(m, "", "")
	}
	w.WriteString("\n      ]\n    }")
}

// object writes a value's JSON without its closing brace, so that more fields
// can follow.
func (w *writer) object(prefix string, v any) {
	w.json(v, prefix, "  ")
	w.Truncate(w.Len() - len("\n"+prefix+"}"))
}

func (w *writer) json(v any, prefix, indent string) {
	enc := json.NewEncoder(&w.Buffer)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, indent)
	if err := enc.Encode(v); err != nil {
		w.err = err
		return
	}
	w.Truncate(w.Len() - 1) // Encode ends in a line break
}

func (w *writer) separate(i int, space string) {
	if i > 0 {
		w.WriteByte(',')
	}
	w.WriteString(space)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Decode reads a plan and checks that no byte of it was changed since it was
// written. What is wrong is a fault.Safety.
func Decode(b []byte) (*Plan, error) {
	if err := checkDigest(b); err != nil {
		return nil, err
	}
	var f struct {
		Plan

		Jobs []struct {
			Job

			Messages []Message `json:"messages"`
		} `json:"jobs"`
		Digest string `json:"digest"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fault.Wrap(fault.Safety, err, "it is no plan")
	}
	p := f.Plan
	if p.Format != Format {
		return nil, fault.New(fault.Safety, "the plan is of format %d, and this version reads format %d", p.Format, Format)
	}
	p.Digest, p.Jobs = f.Digest, []Job{}
	for _, j := range f.Jobs {
		j.Job.Messages = j.Messages
		p.Jobs = append(p.Jobs, j.Job)
	}
	return &p, p.check()
}

func checkDigest(b []byte) error {
	at := len(b) - len(digestEnd) - len(noDigest)
	if at < len(digestStart) || !bytes.HasSuffix(b[:at], []byte(digestStart)) || !bytes.HasSuffix(b, []byte(digestEnd)) {
		return fault.New(fault.Safety, "it is no plan, or its end was changed: it does not end in a digest")
	}
	said := string(b[at : at+len(noDigest)])
	blank := bytes.Clone(b)
	copy(blank[at:], noDigest)
	if digest(blank) != said {
		return fault.New(fault.Safety, "the plan was changed after it was written: its digest does not match").
			WithHint("make a new plan; a plan can't be edited by hand")
	}
	return nil
}

// check refuses what no plan of ours says: a target whose count is not that of
// its messages.
func (p *Plan) check() error {
	for _, j := range p.Jobs {
		listed := 0
		for _, t := range j.Targets {
			n := len(j.ids(t))
			if n != t.Messages {
				return fault.New(fault.Safety, "the plan lists %d messages of %s and counts %d", n, t.Conversation, t.Messages)
			}
			listed += n
		}
		if listed != len(j.Messages) {
			return fault.New(fault.Safety, "the plan lists messages of conversations that it does not name")
		}
	}
	return nil
}

// String sums the plan up on one line.
func (p *Plan) String() string {
	messages, conversations := p.Count()
	return fmt.Sprintf("messages: %d, conversations: %d, users: %d", messages, conversations, len(p.Jobs))
}
