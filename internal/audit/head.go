package audit

import (
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/roamctl/roamctl/internal/fsutil"
)

// head is the number and the hash of the last line, kept beside the log. It is
// written after the line, so the log can be ahead of it by one line, and it is
// never ahead of the log.
type head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

func headOf(e Entry) head { return head{e.Seq, e.Hash} }

// maxHead is more than a head takes, in bytes.
const maxHead = 4 << 10

var errBrokenHead = errors.New("it can't be read")

// readHead is nil when there is none, and errBrokenHead when it is not one.
func readHead(path string) (*head, error) {
	b, err := fsutil.ReadFile(path, maxHead)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var h head
	if json.Unmarshal(b, &h) != nil || h.Seq < 1 {
		return nil, errBrokenHead
	}
	return &h, nil
}

func writeHead(path string, h head) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return fsutil.Replace(path, append(b, '\n'))
}

// precedes tells whether e is the line after the head: the one whose writer
// was killed before it came to the head.
func (h head) precedes(e Entry) bool { return e.Seq == h.Seq+1 && e.Prev == h.Hash }
