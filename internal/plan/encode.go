package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"

	"github.com/roamctl/roamctl/internal/fault"
)

// A plan ends in its digest, which is over the whole file with the digits of
// the digest as zeros.
const (
	digestStart = ",\n  \"digest\": \""
	noDigest    = "0000000000000000000000000000000000000000000000000000000000000000"
	digestEnd   = "\"\n}\n"
)

// encoder writes a plan job by job.
type encoder struct {
	out  io.Writer // the file and its sum
	file io.Writer
	sum  hash.Hash
	jobs int
	buf  bytes.Buffer
	err  error
}

func newEncoder(w io.Writer, header Plan) *encoder {
	e := &encoder{file: w, sum: sha256.New()}
	e.out = io.MultiWriter(w, e.sum)
	e.object("", header)
	e.buf.WriteString(",\n  \"jobs\": [")
	e.flush()
	return e
}

// job writes a job with its messages, a line each.
func (e *encoder) job(j Job) {
	e.separate(e.jobs, "\n    ")
	e.jobs++
	e.object("    ", j)
	e.buf.WriteString(",\n      \"messages\": [")
	for i, m := range j.Messages {
		e.separate(i, "\n        ")
		e.json(m, "", "")
	}
	e.buf.WriteString("\n      ]\n    }")
	e.flush()
}

// end writes the rest and returns the digest.
func (e *encoder) end() (digest string, err error) {
	e.buf.WriteString("\n  ]" + digestStart)
	e.flush()
	if e.err != nil {
		return "", e.err
	}
	e.sum.Write([]byte(noDigest + digestEnd))
	digest = hex.EncodeToString(e.sum.Sum(nil))
	_, err = io.WriteString(e.file, digest+digestEnd)
	return digest, err
}

func (e *encoder) flush() {
	if e.err == nil {
		_, e.err = e.out.Write(e.buf.Bytes())
	}
	e.buf.Reset()
}

// object writes a value's JSON without its closing brace, so that more fields
// can follow.
func (e *encoder) object(prefix string, v any) {
	e.json(v, prefix, "  ")
	e.buf.Truncate(max(0, e.buf.Len()-len("\n"+prefix+"}")))
}

func (e *encoder) json(v any, prefix, indent string) {
	enc := json.NewEncoder(&e.buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, indent)
	if err := enc.Encode(v); err != nil {
		e.err = fault.Wrap(fault.Bug, err, "writing a plan")
		return
	}
	e.buf.Truncate(e.buf.Len() - 1) // Encode ends in a line break
}

func (e *encoder) separate(i int, space string) {
	if i > 0 {
		e.buf.WriteByte(',')
	}
	e.buf.WriteString(space)
}
