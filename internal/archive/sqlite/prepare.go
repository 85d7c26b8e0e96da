package sqlite

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/fault"
)

// prepared is a message with what its rows hold.
type prepared struct {
	msg       *archive.Message
	ms        int64
	form      archive.Digest
	body, ext []byte // JSON, nil for none
	sum       []byte
	row       int64
	signed    bool
	signature archive.Digest // zero for none, see sign

	// Of new messages only, see derive.
	packed []byte
	words  string
}

func (p *prepared) key() archive.Key { return p.msg.Key }

func prepare(m *archive.Message) (*prepared, error) {
	if m.Key == "" {
		return nil, fault.New(fault.Bug, "a message without a key")
	}
	p := &prepared{msg: m, ms: content.Millis(m.Time), form: m.Form()}
	var err error
	if p.body, err = content.Body(m); err != nil {
		return nil, err
	}
	if p.ext, err = content.Object(m.Ext); err != nil {
		return nil, err
	}
	p.sum = content.Sum(m, p.body, p.ext)
	return p, nil
}

// sign is the message's signature, zero for none.
func (p *prepared) sign() archive.Digest {
	if !p.signed {
		p.signature, _ = p.msg.Signature()
		p.signed = true
	}
	return p.signature
}

// derive begins to pack the raw bytes of new messages and to find their words.
// It goes on beside what SQLite does meanwhile, until wait returns.
func (i *importer) derive(news []*prepared) (wait func()) {
	var workers sync.WaitGroup
	for part := range slices.Chunk(news, len(news)/runtime.GOMAXPROCS(0)+1) {
		workers.Go(func() {
			for _, p := range part {
				p.packed, p.words = i.raw.Pack(p.msg.Raw), content.Words(p.msg)
			}
		})
	}
	return workers.Wait
}

// null is bytes as a column has them, where nil is NULL.
func null(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// prepareAll prepares a batch's messages, on all processors.
func prepareAll(ctx context.Context, messages []archive.Message) ([]*prepared, error) {
	all := make([]*prepared, len(messages))
	return all, content.OnAllProcessors(ctx, len(all), func(n int) (err error) {
		all[n], err = prepare(&messages[n])
		return err
	})
}
