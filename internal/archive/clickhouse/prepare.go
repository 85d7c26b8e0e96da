package clickhouse

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/fault"
)

// prepared is a message with what its row holds.
type prepared struct {
	msg       *archive.Message
	ms        int64
	form      archive.Digest
	signature archive.Digest // zero for none
	body, ext []byte
	position  int64 // of a new message
}

func (s *Store) prepare(m *archive.Message) (*prepared, error) {
	if m.Key == "" {
		return nil, fault.New(fault.Bug, "a message without a key")
	}
	p := &prepared{msg: m, ms: content.Millis(m.Time), form: m.Form()}
	p.signature, _ = m.Signature()
	var err error
	if p.body, err = content.Body(m); err != nil {
		return nil, err
	}
	p.ext, err = content.Object(m.Ext)
	return p, err
}

// prepareAll prepares a batch's messages.
func (s *Store) prepareAll(ctx context.Context, messages []archive.Message) ([]*prepared, error) {
	all := make([]*prepared, len(messages))
	return all, onAllProcessors(ctx, len(all), func(n int) (err error) {
		all[n], err = s.prepare(&messages[n])
		return err
	})
}

// onAllProcessors calls fn with the numbers below count until it fails.
func onAllProcessors(ctx context.Context, count int, fn func(n int) error) error {
	workers, ctx := errgroup.WithContext(ctx)
	size := count/runtime.GOMAXPROCS(0) + 1
	for from := 0; from < count; from += size {
		workers.Go(func() (err error) {
			for n := from; n < min(from+size, count) && err == nil; n++ {
				if err = fn(n); err == nil {
					err = context.Cause(ctx)
				}
			}
			return err
		})
	}
	return workers.Wait()
}
