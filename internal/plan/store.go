package plan

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

// maxPlan bounds what is read: a plan of a million messages is below it.
const maxPlan = 512 << 20

// Write writes the plan to a new file, mode 0600. A file that is there already
// is not overwritten: somebody may have reviewed it.
func Write(path string, p *Plan) error {
	b, err := p.Encode()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fault.New(fault.Usage, "%s is there already", path).WithHint("choose another name, or delete it")
	}
	if err != nil {
		return fault.Wrap(fault.Config, err, "writing the plan")
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fault.Wrap(fault.Config, errors.Join(err, os.Remove(path)), "writing the plan %s", path)
	}
	return nil
}

// Read reads and checks a plan. A missing file is a fault.NotFound, a changed
// one a fault.Safety that names it.
func Read(path string) (*Plan, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "reading the plan")
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPlan+1))
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "reading the plan %s", path)
	}
	if len(b) > maxPlan {
		return nil, fault.New(fault.Usage, "%s is too large to be a plan", path)
	}
	p, err := Decode(b)
	if err != nil {
		wrapped := fault.Wrap(fault.KindOf(err), err, "%s", path)
		if cause, ok := errors.AsType[*fault.Error](err); ok {
			wrapped.Hint = cause.Hint
		}
		return nil, wrapped
	}
	return p, nil
}

// CheckUse refuses a plan for another App Key, and one older than maxAge
// (0: of any age). Both are fault.Safety.
func (p *Plan) CheckUse(appKey string, now time.Time, maxAge time.Duration) error {
	if p.AppKey != appKey {
		return fault.New(fault.Safety, "the plan is for App Key %s, and this profile's is %s", p.AppKey, appKey).
			WithHint("choose the profile that the plan was made with: %s", p.Profile)
	}
	age := now.Sub(p.Created.Time)
	if maxAge > 0 && age > maxAge {
		return fault.New(fault.Safety, "the plan is %s old, and may be %s at most", age.Round(time.Second), maxAge).
			WithHint("make a new plan, or raise --max-age")
	}
	if age < -time.Minute {
		return fault.New(fault.Safety, "the plan was made in the future, at %s", p.Created).
			WithHint("compare the clocks of the two machines")
	}
	return nil
}
