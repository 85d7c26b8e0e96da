package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// prepared is a message with what its rows hold.
type prepared struct {
	msg       *archive.Message
	ms        int64
	form      archive.Digest
	body, ext any // JSON, nil for none
	sum       []byte
	row       int64
	signed    bool
	signature archive.Digest // zero for none, see sign

	// Of new messages only, see derive.
	packed []byte
	words  string
}

func prepare(m *archive.Message) (*prepared, error) {
	if m.Key == "" {
		return nil, fault.New(fault.Bug, "a message without a key")
	}
	p := &prepared{msg: m, ms: millis(m.Time), form: m.Form()}
	var err error
	if onlyText(m) {
		p.body = []byte(textAlone)
	} else if p.body, err = object(m.Body); err != nil {
		return nil, err
	}
	if p.ext, err = object(m.Ext); err != nil {
		return nil, err
	}
	p.sum = sumOf(m, p.body, p.ext)
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

// textAlone stands for the body of a text message that has nothing but the text.
const textAlone = "="

// onlyText reports whether a body is what a text message without more has.
func onlyText(m *archive.Message) bool {
	text, ok := m.Body["msg"].(string)
	return ok && len(m.Body) == 1 && m.Kind == roaming.Text && text == m.Text
}

// object is the JSON of a body or an extension, or nil for one that is missing.
func object(fields map[string]any) (any, error) {
	if fields == nil {
		return nil, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(fields); err != nil {
		return nil, fault.Wrap(fault.Bug, err, "a message's body has no JSON form")
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// parse reads the column of a body or an extension. Numbers stay exact.
func parse(b []byte, text string) (fields map[string]any, err error) {
	switch {
	case b == nil:
		return nil, nil
	case string(b) == textAlone:
		return map[string]any{"msg": text}, nil
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	err = dec.Decode(&fields)
	return fields, err
}

// sumOf is the digest that finds a changed byte of a message.
func sumOf(m *archive.Message, body, ext any) []byte {
	h := sha256.New()
	var size [8]byte
	write := func(s string) {
		binary.LittleEndian.PutUint64(size[:], uint64(len(s)))
		_, _ = h.Write(size[:])
		_, _ = h.Write([]byte(s))
	}
	for _, s := range []string{
		string(m.Key), m.Time.String(), m.RawTime, string(m.Conversation.Type), m.Conversation.A, m.Conversation.B,
		m.From, m.To, string(m.Kind), m.Text,
	} {
		write(s)
	}
	for _, b := range []any{body, ext} {
		b, _ := b.([]byte)
		write(string(b))
	}
	return h.Sum(nil)[:8]
}

// words is what the index holds of a message.
func words(m *archive.Message) string {
	texts, _ := m.Texts()
	var b []byte
	for _, text := range texts {
		b = tokens.AppendJoined(b, tokens.Normalize(text))
	}
	return string(b)
}

// derive begins to pack the raw bytes of new messages and to find their words.
// It goes on beside what SQLite does meanwhile, until wait returns.
func (i *importer) derive(news []*prepared) (wait func()) {
	var workers sync.WaitGroup
	for part := range slices.Chunk(news, len(news)/runtime.GOMAXPROCS(0)+1) {
		workers.Go(func() {
			for _, p := range part {
				p.packed, p.words = i.raw.pack(p.msg.Raw), words(p.msg)
			}
		})
	}
	return workers.Wait
}

// millis is a time as the tables have it; 0 for none.
func millis(t roaming.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// prepareAll prepares a batch's messages, on all processors.
func prepareAll(ctx context.Context, messages []archive.Message) ([]*prepared, error) {
	all := make([]*prepared, len(messages))
	workers, ctx := errgroup.WithContext(ctx)
	size := len(messages)/runtime.GOMAXPROCS(0) + 1
	for from := 0; from < len(messages); from += size {
		workers.Go(func() (err error) {
			for n := from; n < min(from+size, len(messages)) && err == nil; n++ {
				if all[n], err = prepare(&messages[n]); err == nil {
					err = context.Cause(ctx)
				}
			}
			return err
		})
	}
	return all, workers.Wait()
}
