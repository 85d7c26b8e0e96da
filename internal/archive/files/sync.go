package files

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	maxDownloads = 4    // in flight
	batchSize    = 1000 // attachments in memory
)

// errOutOfTime ends a sync after Within.
var errOutOfTime = errors.New("the time for attachments is up")

// Fetcher downloads attachments. See attachments.Fetcher, whose errors it has. It
// must be safe for concurrent use.
type Fetcher interface {
	Fetch(ctx context.Context, url, secret string, w io.Writer) error
}

// Sync fetches the attachments that an archive does not have. One Sync at a time
// works on an archive.
type Sync struct {
	Store   archive.Store
	Folder  Folder
	Fetcher Fetcher
	Now     time.Time     // of the service
	Within  time.Duration // limits one call of Fetch; 0 for no limit
	// OnFile, if not nil, is called with the outcome of each attachment, one call at
	// a time.
	OnFile func(archive.Attachment)

	mu sync.Mutex
}

// Retry makes failed attachments pending again. That keeps their order by
// deadline, and an interrupted sync continues with them.
func (s *Sync) Retry(ctx context.Context) error {
	for {
		batch, err := s.first(ctx, archive.FetchFailed, func(archive.Attachment) bool { return true })
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, a := range batch {
			a.State = archive.Pending
			if err := s.unlessErased(ctx, a, s.Store.SetAttachment(ctx, a)); err != nil {
				return err
			}
		}
	}
}

// Fetch fetches pending attachments: first those that the service still keeps, by
// deadline, then the others. What is left when Within is over stays pending, and
// all is false.
func (s *Sync) Fetch(ctx context.Context) (all bool, err error) {
	if err := s.Folder.prepare(); err != nil {
		return false, s.Folder.fault(err)
	}
	within, cancel := ctx, context.CancelFunc(func() {})
	if s.Within > 0 {
		within, cancel = context.WithTimeoutCause(ctx, s.Within, errOutOfTime)
	}
	defer cancel()
	for _, late := range []bool{false, true} {
		for {
			batch, err := s.first(ctx, archive.Pending, func(a archive.Attachment) bool { return s.late(a) == late })
			if err != nil {
				return false, err
			}
			if len(batch) == 0 {
				break
			}
			if err := s.fetchAll(within, batch); err != nil {
				if ctx.Err() == nil && errors.Is(err, errOutOfTime) {
					return false, nil
				}
				return false, err
			}
		}
	}
	return true, nil
}

// late reports whether the service may have deleted an attachment by itself.
func (s *Sync) late(a archive.Attachment) bool { return !a.Deadline.After(s.Now) }

// first is a batch of attachments in a state.
func (s *Sync) first(ctx context.Context, state archive.AttachmentState, takes func(archive.Attachment) bool) (batch []archive.Attachment, err error) {
	for a, err := range s.Store.Attachments(ctx, state) {
		if err != nil {
			return nil, err
		}
		if takes(a) {
			batch = append(batch, a)
		}
		if len(batch) == batchSize {
			break
		}
	}
	return batch, nil
}

// fetchAll fetches a batch, in its order. An error is one of the folder, the
// archive or ctx.
func (s *Sync) fetchAll(ctx context.Context, batch []archive.Attachment) error {
	group, inGroup := errgroup.WithContext(ctx)
	group.SetLimit(maxDownloads)
	for _, a := range batch {
		if inGroup.Err() != nil {
			break
		}
		group.Go(func() error { return s.fetch(inGroup, a) })
	}
	return cmp.Or(group.Wait(), context.Cause(ctx))
}

// fetch downloads one attachment and notes what became of it.
func (s *Sync) fetch(ctx context.Context, a archive.Attachment) (err error) {
	temp, err := os.CreateTemp(s.Folder.Path, tempName) // 0600
	if err != nil {
		return s.Folder.fault(err)
	}
	defer func() {
		if e := os.Remove(temp.Name()); e != nil && !errors.Is(e, fs.ErrNotExist) && err == nil {
			err = s.Folder.fault(e)
		}
	}()
	a, err = s.download(ctx, a, temp)
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.State == archive.Fetched {
		err = s.Folder.keep(ctx, s.Store, temp.Name(), a)
	} else {
		err = s.Store.SetAttachment(ctx, a)
	}
	if fault.KindOf(err) == fault.NotFound {
		return s.unlessErased(ctx, a, err)
	}
	if err == nil && s.OnFile != nil {
		s.OnFile(a)
	}
	return err
}

// download writes an attachment to a file. It returns the attachment with its new
// state; an error is one of the file or ctx.
func (s *Sync) download(ctx context.Context, a archive.Attachment, to *os.File) (archive.Attachment, error) {
	sum, head := sha256.New(), &attachments.Head{}
	limited := &attachments.LimitedWriter{W: io.MultiWriter(to, sum, head), Left: attachments.MaxSize}
	err := s.Fetcher.Fetch(ctx, a.URL, a.Secret, limited)
	switch {
	case limited.Err != nil:
		return a, s.Folder.fault(limited.Err)
	case err != nil && ctx.Err() != nil:
		return a, context.Cause(ctx)
	case limited.Exceeded:
		a.State, a.Reason = archive.FileTooBig, fmt.Sprintf("it has more than %d bytes", attachments.MaxSize)
		return a, nil
	case errors.Is(err, attachments.ErrRefused):
		a.State = archive.FileRefused
	case attachments.IsExpired(err, s.late(a)):
		a.State = archive.FileExpired
	case err == nil:
		if err, a.State = s.checkType(ctx, a, head.Bytes()), archive.FetchFailed; err == nil {
			a.State, a.SHA256, a.Size, a.Reason = archive.Fetched, hex.EncodeToString(sum.Sum(nil)), attachments.MaxSize-limited.Left, ""
			return a, s.Folder.fault(to.Sync())
		}
	default:
		a.State = archive.FetchFailed
	}
	a.Reason = attachments.Reason(err)
	return a, nil
}

// checkType refuses a page or an error that a server sent with status 200 instead
// of a picture, a recording or a video.
func (s *Sync) checkType(ctx context.Context, a archive.Attachment, head []byte) error {
	kind := http.DetectContentType(head)
	isText := kind == "text/html; charset=utf-8" || bytes.HasPrefix(bytes.TrimSpace(head), []byte("{"))
	if !isText {
		return nil
	}
	m, err := s.Store.Get(ctx, a.Message)
	if err != nil || !slices.Contains([]roaming.Kind{roaming.Image, roaming.Audio, roaming.Video}, m.Kind) {
		return nil //nolint:nilerr // an erased message is found when the outcome is noted
	}
	return fmt.Errorf("the server sent text where the message has kind %s", m.Kind)
}

// unlessErased returns the error of noting an attachment; nil when its message was
// erased meanwhile.
func (s *Sync) unlessErased(ctx context.Context, a archive.Attachment, err error) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	if _, e := s.Store.Get(ctx, a.Message); fault.KindOf(e) == fault.NotFound {
		return nil
	}
	return err
}
