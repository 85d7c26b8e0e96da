package export

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/durable"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

// assemble puts spools into their volume, in order, and notes it. It can be
// done again after a kill at any instant, with the same outcome.
func (x *Exporter) assemble(ctx context.Context, path string, spools []ledger.Spool) (err error) {
	select {
	case x.assembling <- struct{}{}:
		defer func() { <-x.assembling }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	v := &volume{
		root: x.Dir, path: path, encoder: x.encoder(), partSize: x.PartSize,
		aside: filepath.Join(x.spools(), spoolName(roaming.Ref{Owner: path}, 0)+".aside"),
	}
	if x.Template.compress() {
		v.compress = x.compressors
	}
	defer func() {
		if err != nil {
			v.abort()
		}
	}()
	for f, err := range x.Ledger.Files(ctx, path) {
		if err != nil {
			return err
		}
		v.before = append(v.before, f)
	}
	var conversations []ledger.Conversation
	for _, s := range spools {
		c, _, err := x.Ledger.Conversation(ctx, s.Ref)
		if err != nil {
			return err
		}
		c.Volume = s.Volume
		if err := x.pour(ctx, s, v, &c); err != nil {
			return err
		}
		conversations = append(conversations, c)
	}
	if err := v.finish(); err != nil {
		return err
	}
	if err := x.Ledger.SetWritten(ctx, v.files, conversations, spools); err != nil {
		return err
	}
	for _, s := range spools {
		err = errors.Join(err, removeSpool(x.spools(), s.Name))
	}
	x.tell(v)
	return err
}

// pour writes a spool's records into a volume and counts them.
func (x *Exporter) pour(ctx context.Context, s ledger.Spool, v *volume, c *ledger.Conversation) error {
	segments, err := findSegments(x.spools(), s.Name)
	if err != nil {
		return err
	}
	for _, segment := range segments {
		if err := x.pourSegment(ctx, segment.path, v, c); err != nil {
			return err
		}
	}
	return nil
}

func (x *Exporter) pourSegment(ctx context.Context, path string, v *volume, c *ledger.Conversation) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for line, err := range durable.Lines(f) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		m, err := checkLine(line)
		if err != nil {
			return err
		}
		if err := v.add(append(line.Text, '\n')); err != nil {
			return err
		}
		if err := count(c, m, line.Text); err != nil {
			return err
		}
	}
	return nil
}

// count takes a record, whose mark and line are given, into a conversation's
// numbers.
func count(c *ledger.Conversation, m mark, line []byte) error {
	if m.ID == 0 {
		r, err := DecodeRecord(line)
		c.Unreadable++
		c.Trailing = append(c.Trailing, rawSum(r.Unreadable))
		return err
	}
	c.Trailing = nil
	c.Messages++
	at := &ledger.Mark{ID: m.ID, Timestamp: m.Timestamp}
	if c.First == nil {
		c.First = at
	}
	c.Last = at
	return nil
}
