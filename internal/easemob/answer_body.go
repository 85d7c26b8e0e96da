package easemob

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/go-resty/resty/v2"
)

// Room made for an answer's body before its first byte comes: what its length
// says, within reason, or about half a page of history.
const (
	roomUnknown = 16 << 10
	roomMost    = smallAnswer
)

// Bounds of answers in bytes, unpacked. The largest real ones are 50 messages
// of 5 kB in base64, about 400 kB, and as many conversations. Whatever is
// larger has to wait its turn, so that many calls at once don't fill the memory.
const (
	smallAnswer  = 512 << 10
	maxAnswer    = 4 << 20
	largeAnswers = 8 // in memory at once
)

// readBody reads an answer's body, which may have maxAnswer bytes. Before it
// reads more than smallAnswer it asks for a turn. It stands in for resty's
// reading, which goes by 512 bytes and copies a page of history ten times as
// its buffer grows; like that, it unpacks what comes packed though nobody
// asked for it.
func readBody(ctx context.Context, resp *http.Response, turn func(context.Context) error) ([]byte, error) {
	defer resp.Body.Close()
	var in io.Reader = resp.Body
	room := int64(roomUnknown)
	if resp.ContentLength >= 0 {
		room = min(resp.ContentLength, roomMost)
	}
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") && resp.ContentLength != 0 {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = unpacked
	}
	var b bytes.Buffer
	b.Grow(int(room) + bytes.MinRead) // without MinRead more to spare, it would grow to see the end
	if _, err := b.ReadFrom(io.LimitReader(in, smallAnswer+1)); err != nil {
		return nil, err
	}
	if b.Len() <= smallAnswer {
		return b.Bytes(), nil
	}
	if err := turn(ctx); err != nil {
		return nil, err
	}
	if _, err := b.ReadFrom(io.LimitReader(in, maxAnswer-smallAnswer)); err != nil {
		return nil, err
	}
	if b.Len() > maxAnswer {
		return nil, resty.ErrResponseBodyTooLarge
	}
	return b.Bytes(), nil
}
