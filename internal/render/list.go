package render

import (
	"bufio"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// bufferSize holds a page of most lists, so that one write passes it on.
const bufferSize = 64 << 10

// encoder writes items in one format. Its errors are those of the writer
// behind it, or of an item that cannot be written.
type encoder[T any] interface {
	page(items []T) error    // some items of a list
	close(next string) error // the end of a list
	one(item T) error        // one object instead of a list
}

// holder is an encoder that holds items back.
type holder interface {
	held() bool
	flush() error
}

// List writes a list as its pages arrive.
type List[T any] struct {
	out    *bufio.Writer
	enc    encoder[T]
	closed bool
}

// NewList checks the options, so that a mistake in them costs no request.
// Unknown formats and columns, bad jq expressions and templates are fault.Usage.
// NewList writes nothing.
func NewList[T any](s *iostreams.Streams, o Options, v View[T]) (*List[T], error) {
	return newList(s, o, v, false)
}

func newList[T any](s *iostreams.Streams, o Options, v View[T], single bool) (*List[T], error) {
	o = o.complete(v.Message != nil)
	if err := o.check(v.Message != nil); err != nil {
		return nil, err
	}
	columns, err := v.pick(o, single || o.Format == CSV)
	if err != nil {
		return nil, err
	}
	out := bufio.NewWriterSize(s.Out, bufferSize)
	enc, err := newEncoder(out, s, o, v, columns)
	if err != nil {
		return nil, err
	}
	return &List[T]{out: out, enc: enc}, nil
}

func newEncoder[T any](w *bufio.Writer, s *iostreams.Streams, o Options, v View[T], columns []Column[T]) (encoder[T], error) {
	env := o.env(s)
	switch o.Format {
	case JSON, NDJSON, YAML:
		enc, err := newDataEncoder(w, o, env)
		return values[T]{enc, v.JSON}, err
	case CSV:
		return newCSV(w, columns, env, !o.NoHeader), nil
	case Transcript:
		return newTranscript(w, s, env, v.Message), nil
	default:
		return newTable(w, s, columns, env, !o.NoHeader), nil
	}
}

// Write adds items, usually a page. A table holds some back, to fit its columns
// to them; every other format writes them at once. After an error the list must
// not be used.
func (l *List[T]) Write(items ...T) error {
	if len(items) == 0 {
		return nil
	}
	if err := l.enc.page(items); err != nil {
		return err
	}
	return l.out.Flush()
}

// Held reports whether items were held back.
func (l *List[T]) Held() bool {
	h, ok := l.enc.(holder)
	return ok && h.held()
}

// Flush writes the items that were held back.
func (l *List[T]) Flush() error {
	h, ok := l.enc.(holder)
	if !ok || !h.held() {
		return nil
	}
	if err := h.flush(); err != nil {
		return err
	}
	return l.out.Flush()
}

// Close finishes the list; next is the cursor of the page after the last one
// written, "" at the end of the listing. Call it after a failed request too, so
// that the output is a complete document. A second call does nothing.
func (l *List[T]) Close(next string) error {
	if l.closed {
		return nil
	}
	l.closed = true
	if err := l.enc.close(next); err != nil {
		return err
	}
	return l.out.Flush()
}

// Finish writes the last items of a list that no other page follows, and closes it.
func (l *List[T]) Finish(items ...T) error {
	if err := l.Write(items...); err != nil {
		return err
	}
	return l.Close("")
}

// One writes one object: bare in the data formats, and as a table one line for
// each column. It refuses what NewList refuses.
func One[T any](s *iostreams.Streams, o Options, v View[T], item T) error {
	l, err := newList(s, o, v, true)
	if err != nil {
		return err
	}
	if err := l.enc.one(item); err != nil {
		return err
	}
	return l.out.Flush()
}

// Check returns the error that One would return for the options, for commands
// that must know before they act.
func Check[T any](s *iostreams.Streams, o Options, v View[T]) error {
	_, err := newList(s, o, v, true)
	return err
}
