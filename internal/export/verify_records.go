package export

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

// records reads a file's records.
func (v *verifier) records(ctx context.Context, r io.Reader) (records int, content int64, err error) {
	if strings.HasSuffix(v.result.Template, compressed) { // a user may be called so, too
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return 0, 0, err
		}
		defer d.Close()
		r = d
	}
	read := &summing{r: r, hash: sha256.New()}
	if v.result.Records == CSV {
		records, err = rows(read)
	} else {
		records, err = v.lines(ctx, read)
	}
	return records, read.n, err
}

// rows counts a table's rows but for its header.
func rows(r io.Reader) (n int, err error) {
	c := csv.NewReader(r)
	c.ReuseRecord = true
	for {
		_, err := c.Read()
		if errors.Is(err, io.EOF) {
			return max(0, n-1), nil
		}
		if err != nil {
			return n, err
		}
		n++
	}
}

// lines counts the records of lines by conversation.
func (v *verifier) lines(ctx context.Context, r io.Reader) (n int, err error) {
	for line, err := range fsutil.Lines(r) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return n, err
		}
		var record struct {
			mark

			User         string           `json:"user"`
			ChatType     roaming.ChatType `json:"chat_type"`
			Conversation string           `json:"conversation"`
		}
		if err := json.Unmarshal(line.Text, &record); err != nil {
			return n, fmt.Errorf("record %d: %w", n+1, err)
		}
		n++
		ref := roaming.Ref{User: record.User, Conversation: record.Conversation, Type: record.ChatType}
		if err := v.counted.take(ctx, v.holds, ref, record.mark, line.Text); err != nil {
			return n, err
		}
	}
	return n, nil
}

// counted is what was counted and not yet put into the ledger.
type counted map[roaming.Ref]*ledger.Conversation

func (c *counted) take(ctx context.Context, into *ledger.Ledger, ref roaming.Ref, m mark, line []byte) error {
	if *c == nil {
		*c = counted{}
	}
	conversation := (*c)[ref]
	if conversation == nil {
		if len(*c) >= loadBatch {
			if err := c.flush(ctx, into); err != nil {
				return err
			}
		}
		found, _, err := into.Conversation(ctx, ref)
		if err != nil {
			return err
		}
		conversation = &found
		(*c)[ref] = conversation
	}
	sum, err := sumOf(m, line)
	if err != nil {
		return err
	}
	count(conversation, m, sum)
	return nil
}

func (c *counted) flush(ctx context.Context, into *ledger.Ledger) error {
	var all []ledger.Conversation
	for _, conversation := range *c {
		all = append(all, *conversation)
	}
	clear(*c)
	return into.Load(ctx, nil, all)
}
