package clickhouse

import (
	"context"

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

func (p *prepared) key() archive.Key { return p.msg.Key }

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
	return all, content.OnAllProcessors(ctx, len(all), func(n int) (err error) {
		all[n], err = s.prepare(&messages[n])
		return err
	})
}
