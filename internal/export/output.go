package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// output is what records of a path are written to: a file, or several. A record
// is given as its line of NDJSON.
type output interface {
	add(line []byte) error
	finish() error
	written() []run.File // once finished
	abort()
}

// writeOutput adds temporary files, in order, to an output file and records
// that in the run's database. Repeating it after a kill has the same result.
func (x *Exporter) writeOutput(ctx context.Context, path string, temps iter.Seq2[run.TempFile, error]) error {
	out, err := x.outputFile(ctx, path)
	if err != nil {
		return diskError(err)
	}
	select {
	case out.zstd = <-x.compressors:
		defer func() { x.compressors <- out.zstd }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := x.checkLock(); err != nil {
		return engine.Fatal(err)
	}
	var to output = out
	if x.Format == Parquet {
		to = newParquetOutput(out)
	}
	if err := x.addTemps(ctx, path, to, temps); err != nil {
		to.abort()
		return diskError(err)
	}
	return nil
}

// outputFile returns a writer that adds to the file of a path.
func (x *Exporter) outputFile(ctx context.Context, path string) (*outputFile, error) {
	out := &outputFile{
		root: x.Dir, path: path, encoder: ndjson{}, partSize: x.PartSize,
		compress: x.Template.compress(),
		temp:     filepath.Join(x.tempDir(), tempName(roaming.Ref{User: path}, 0)+".out"),
	}
	if x.Format == CSV {
		out.encoder = x.CSV()
	}
	if x.Redactor != nil {
		out.check = func(temp string) error {
			return engine.Fatal(x.Redactor.CheckFile(ctx, temp, string(x.Format), out.compress))
		}
	}
	out.allowReplace = func(listed *run.File, path, sum string) error { return x.allowReplace(ctx, listed, path, sum) }
	for f, err := range x.DB.Files(ctx, path) {
		if err != nil {
			return nil, err
		}
		if f.Volume != path || !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return nil, tamperedError("has the file %s", f.Path)
		}
		out.before = append(out.before, f)
	}
	return out, nil
}

// checkTemp refuses a temporary file that these options would not add to path:
// the options decide what is exported where, and somebody may have changed the
// database.
func (x *Exporter) checkTemp(f run.TempFile, path string) error {
	wanted := x.Only == nil || *x.Only == ConversationFilter{f.Conversation, f.Type}
	if !wanted || f.Volume != path || x.Template.path(f.Ref) != path || f.Name == "" || filepath.Base(f.Name) != f.Name || f.Name == ".." {
		return tamperedError("adds %s from %s to %s", f.Ref, f.Name, path)
	}
	return nil
}

func tamperedError(format string, args ...any) error {
	return fault.New(fault.Safety, "the run's database "+format+", unlike the run's options", args...).
		WithHint("the database was changed: start the export again")
}

// addTemps adds temporary files to an output file, records that, and removes
// them. Those of a file for all users may be very many and are removed with the
// work folder.
func (x *Exporter) addTemps(ctx context.Context, path string, out output, temps iter.Seq2[run.TempFile, error]) error {
	written := x.DB.Writing(path)
	var added []string
	for f, err := range temps {
		if err == nil {
			err = x.checkTemp(f, path)
		}
		if err != nil {
			return err
		}
		c, _, err := x.DB.Conversation(ctx, f.Ref)
		if err != nil {
			return err
		}
		c.Volume, c.Refused = path, f.Refused
		temp := x.tempPath(f.Name)
		if err := x.addTemp(ctx, temp, out, &c); err != nil {
			return err
		}
		if err := written.Add(ctx, c); err != nil {
			return err
		}
		if x.Template.scope() != allUsers {
			added = append(added, temp)
		}
	}
	if err := out.finish(); err != nil {
		return err
	}
	if err := written.Done(ctx, out.written()); err != nil {
		return err
	}
	var err error
	for _, temp := range added {
		err = errors.Join(err, os.Remove(temp))
	}
	return err
}

// addTemp adds the records of a temporary file and counts them. A missing one is
// an error: taking it for an empty one would lose messages silently.
func (x *Exporter) addTemp(ctx context.Context, temp string, out output, c *run.Conversation) error {
	f, err := os.Open(temp)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Safety, "cannot add %s: the temporary file %s is missing", c.Ref, temp).
			WithHint("restore the file, or export to another folder")
	}
	if err != nil {
		return err
	}
	defer f.Close()
	for r, err := range ndjsonRecords(ctx, f) {
		if err != nil {
			return fmt.Errorf("%s: %w", temp, err)
		}
		if err := out.add(append(r.line, '\n')); err != nil {
			return err
		}
		count(c, r)
	}
	return nil
}

// count adds a record to a conversation's numbers. The next export begins after
// the last message with an ID, and recognizes what follows that by its hash.
func count(c *run.Conversation, r recordInfo) {
	if r.Error != "" {
		c.Unreadable++
	} else {
		c.Messages++
	}
	if r.ID == 0 {
		c.Trailing = append(c.Trailing, r.hash())
		return
	}
	c.Trailing = nil
	c.Highest = max(c.Highest, r.ID)
	at := &run.Mark{ID: r.ID, Timestamp: r.Timestamp}
	if c.First == nil {
		c.First = at
	}
	c.Last = at
}
