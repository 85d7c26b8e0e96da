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

// prepareAll prepares a batch's messages, on all processors.
func (s *Store) prepareAll(ctx context.Context, messages []archive.Message) ([]*prepared, error) {
	all := make([]*prepared, len(messages))
	workers, ctx := errgroup.WithContext(ctx)
	size := len(messages)/runtime.GOMAXPROCS(0) + 1
	for from := 0; from < len(messages); from += size {
		workers.Go(func() (err error) {
			for n := from; n < min(from+size, len(messages)) && err == nil; n++ {
				if all[n], err = s.prepare(&messages[n]); err == nil {
					err = context.Cause(ctx)
				}
			}
			return err
		})
	}
	return all, workers.Wait()
}
