package export

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/bulk"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

// assemble puts spools into their volume, in order, and notes it. It can be
// done again after a kill at any instant, with the same outcome.
func (x *Exporter) assemble(ctx context.Context, path string, spools iter.Seq2[ledger.Spool, error]) error {
	select {
	case x.assembling <- struct{}{}:
		defer func() { <-x.assembling }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := x.still(); err != nil {
		return bulk.Fatal(err)
	}
	v, err := x.volume(ctx, path)
	if err == nil {
		err = x.pourAll(ctx, v, spools)
	}
	if err != nil {
		v.abort()
	}
	return local(err)
}

// volume is one to write, with what there is of it.
func (x *Exporter) volume(ctx context.Context, path string) (*volume, error) {
	v := &volume{
		root: x.Dir, path: path, encoder: x.encoder(), partSize: x.PartSize,
		aside: filepath.Join(x.spools(), spoolName(roaming.Ref{User: path}, 0)+".aside"),
	}
	if x.Template.compress() {
		v.compress = x.compressors
	}
	for f, err := range x.Ledger.Files(ctx, path) {
		if err != nil {
			return v, err
		}
		if f.Volume != path || !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return v, beyond("has the file %s", f.Path)
		}
		v.before = append(v.before, f)
	}
	return v, nil
}

// mine refuses a spool that this export would not have noted for a volume: the
// ledger may have been changed, and what is exported, and to where, is for the
// options to decide.
func (x *Exporter) mine(s ledger.Spool, path string) error {
	only := x.Only == nil || *x.Only == (Only{s.Conversation, s.Type})
	if !only || s.Volume != path || !x.Template.holds(path, s.Ref) || s.Name == "" || filepath.Base(s.Name) != s.Name || s.Name == ".." {
		return beyond("puts %s from %s into %s", s.Ref, s.Name, path)
	}
	return nil
}

func beyond(format string, args ...any) error {
	return fault.New(fault.Safety, "the run's ledger "+format+", and the run was not started for that", args...).
		WithHint("the ledger was changed: start the export again")
}

// pourAll writes a volume, notes it, and removes the spools. Those of volumes
// that many users share, and which may be very many, go with the work folder.
func (x *Exporter) pourAll(ctx context.Context, v *volume, spools iter.Seq2[ledger.Spool, error]) error {
	written := x.Ledger.Writing(v.path)
	var poured []string
	for s, err := range spools {
		if err != nil {
			return err
		}
		if err := x.mine(s, v.path); err != nil {
			return err
		}
		c, _, err := x.Ledger.Conversation(ctx, s.Ref)
		if err != nil {
			return err
		}
		c.Volume, c.Refused = v.path, s.Refused
		path := x.spoolPath(s.Name)
		if err := x.pour(ctx, path, v, &c); err != nil {
			return err
		}
		if err := written.Add(ctx, c); err != nil {
			return err
		}
		if x.Template.scope() != everything {
			poured = append(poured, path)
		}
	}
	if err := v.finish(); err != nil {
		return err
	}
	if err := written.Done(ctx, v.files); err != nil {
		return err
	}
	var err error
	for _, path := range poured {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// pour writes a spool's records into a volume and counts them. A spool that is
// not there was lost: to take it for an empty one would lose messages silently.
func (x *Exporter) pour(ctx context.Context, spool string, v *volume, c *ledger.Conversation) error {
	f, err := os.Open(spool)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Safety, "what was fetched of %s is gone from %s", c.Ref, spool).
			WithHint("give the run up: remove %s, and export again", x.work())
	}
	if err != nil {
		return err
	}
	defer f.Close()
	for line, err := range fsutil.Lines(f) {
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
		sum, err := sumOf(m, line.Text)
		if err != nil {
			return err
		}
		if err := v.add(append(line.Text, '\n')); err != nil {
			return err
		}
		count(c, m, sum)
	}
	return nil
}

// sumOf is what tells a record without an ID from others; "" for one that has an
// ID.
func sumOf(m mark, line []byte) (string, error) {
	if m.ID != 0 {
		return "", nil
	}
	r, err := DecodeRecord(line)
	return rawSum(cmp.Or(r.Unreadable, string(r.Raw))), err
}

// count takes a record into a conversation's numbers. The next export begins
// after the last message that has an ID, and knows by their sums what is there
// after it.
func count(c *ledger.Conversation, m mark, sum string) {
	if m.Error != "" {
		c.Unreadable++
	} else {
		c.Messages++
	}
	if m.ID == 0 {
		c.Trailing = append(c.Trailing, sum)
		return
	}
	c.Trailing = nil
	c.Highest = max(c.Highest, m.ID)
	at := &ledger.Mark{ID: m.ID, Timestamp: m.Timestamp}
	if c.First == nil {
		c.First = at
	}
	c.Last = at
}
