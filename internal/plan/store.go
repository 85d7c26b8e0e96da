package plan

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/render"
)

// Writer writes a plan job by job to a new file, mode 0600.
type Writer struct {
	path    string
	file    *os.File
	buffer  *bufio.Writer
	encoder *encoder
	count   Count
}

// Count counts what a plan deletes.
type Count struct {
	Users         int
	Messages      int  // to delete
	Conversations int  // that leave a list
	Listed        bool // some targets were on a user's list
	Recalls       bool // the messages are recalled for everyone
}

// String sums the plan up on one line. It names conversations only if some leave a list,
// and users only if there are several.
func (c Count) String() string {
	text := render.Count(c.Messages, "message")
	if c.Conversations > 0 {
		text += ", " + render.Count(c.Conversations, "conversation")
	}
	if c.Users > 1 {
		text += ", " + render.Count(c.Users, "user")
	}
	return text
}

func (c *Count) add(j Job) {
	c.Users++
	c.Messages += len(j.Messages)
	c.Listed = c.Listed || j.Listed
	c.Recalls = c.Recalls || j.Recall != nil
	for _, t := range j.Targets {
		if t.Drop {
			c.Conversations++
		}
	}
}

// Create begins a plan. It does not overwrite a file, which somebody may have
// reviewed.
func Create(path string, p Plan) (*Writer, error) {
	f, err := fsutil.Create(path)
	if errors.Is(err, os.ErrExist) {
		return nil, fault.New(fault.Usage, "%s already exists", path).WithHint("choose another name, or delete it")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "cannot write the plan")
	}
	w := &Writer{path: path, file: f, buffer: bufio.NewWriterSize(f, 64<<10)}
	w.encoder = newEncoder(w.buffer, p)
	return w, nil
}

// Add adds a job.
func (w *Writer) Add(j Job) error {
	w.encoder.job(j)
	w.count.add(j)
	if w.encoder.err != nil {
		return fault.Wrap(fault.Config, w.encoder.err, "cannot write the plan %s", w.path)
	}
	return nil
}

// Close completes the plan, which is then on disk.
func (w *Writer) Close() (Count, error) {
	_, err := w.encoder.end()
	if err == nil {
		err = w.buffer.Flush()
	}
	if err == nil {
		err = errors.Join(w.file.Sync(), fsutil.SyncFolder(filepath.Dir(w.path)))
	}
	if err = errors.Join(err, w.file.Close()); err != nil {
		return w.count, fault.Wrap(fault.Config, errors.Join(err, os.Remove(w.path)), "cannot write the plan %s", w.path)
	}
	return w.count, nil
}

// Abort removes the plan.
func (w *Writer) Abort() error { return errors.Join(w.file.Close(), os.Remove(w.path)) }

// Scan reads and checks a plan, and counts its jobs.
func Scan(path string) (p Plan, c Count, err error) {
	p, err = Each(path, func(j Job) error {
		c.add(j)
		return nil
	})
	return p, c, err
}

// Each reads a plan and passes its jobs to each, one at a time: all of the file is
// checked before the first. An error of each ends it. A missing file is a
// fault.NotFound, a changed one a fault.Safety that names it.
func Each(path string, each func(Job) error) (Plan, error) {
	f, err := fsutil.Open(path)
	if err != nil {
		return Plan{}, fault.File(fault.Usage, err, "cannot read the plan")
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Plan{}, fault.Wrap(fault.Config, err, "cannot read the plan %s", path)
	}
	p, err := decode(f, info.Size(), each)
	if err != nil {
		return p, fault.Wrap(fault.KindOf(err), err, "%s", path).WithHint("%s", fault.HintOf(err))
	}
	return p, nil
}

// CheckUse refuses a plan for another App Key, and one older than maxAge; 0 for any
// age. Both are fault.Safety.
func (p *Plan) CheckUse(appKey string, now time.Time, maxAge time.Duration) error {
	if p.AppKey != appKey {
		return fault.New(fault.Safety, "the plan is for App Key %s, and this profile's is %s", p.AppKey, appKey).
			WithHint("use a profile with that App Key; it was %s when the plan was made", p.Profile)
	}
	age := now.Sub(p.Created.Time)
	if maxAge > 0 && age > maxAge {
		return fault.New(fault.Safety, "the plan is %s old; --max-age is %s", age.Round(time.Second), maxAge).
			WithHint("make a new plan, or raise --max-age")
	}
	if age < -time.Minute {
		return fault.New(fault.Safety, "the plan was made in the future, at %s", p.Created).
			WithHint("compare the clocks of the two machines")
	}
	return nil
}
