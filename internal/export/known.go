package export

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// known tells which records of a conversation the export has already, in its files
// and in the spool. An ID above all of those is new, in whatever order the service
// hands messages out. The records are read only when another ID comes: then they
// take memory, an entry each.
type known struct {
	highest roaming.MessageID
	read    func(add func(id roaming.MessageID, sum string)) error

	ids  map[roaming.MessageID]struct{} // nil until it was read
	sums map[string]int                 // of records without an ID
}

// prepare reads the records if that is needed to tell IDs, in this order, from new
// ones. What was added before is in the spool.
func (k *known) prepare(ids ...roaming.MessageID) error {
	if k.ids != nil {
		return nil
	}
	highest := k.highest
	for _, id := range ids {
		if id <= highest {
			return k.load()
		}
		highest = id
	}
	return nil
}

// load reads the records.
func (k *known) load() error {
	k.ids, k.sums = map[roaming.MessageID]struct{}{}, map[string]int{}
	return k.read(func(id roaming.MessageID, sum string) {
		if id == 0 {
			k.sums[sum]++
		} else {
			k.ids[id] = struct{}{}
		}
	})
}

// has tells whether there is a message with an ID that was prepared.
func (k *known) has(id roaming.MessageID) bool {
	_, ok := k.ids[id]
	return ok
}

// takeSum tells whether there is a record without an ID, and counts it once.
func (k *known) takeSum(sum string) bool {
	if k.sums[sum] == 0 {
		return false
	}
	k.sums[sum]--
	return true
}

// add adds a new message.
func (k *known) add(id roaming.MessageID) {
	k.highest = max(k.highest, id)
	if k.ids != nil {
		k.ids[id] = struct{}{}
	}
}

// placed is a record's mark with the conversation that it belongs to.
type placed struct {
	mark

	User         string           `json:"user"`
	ChatType     roaming.ChatType `json:"chat_type"`
	Conversation string           `json:"conversation"`
}

func (p placed) ref() roaming.Ref {
	return roaming.Ref{User: p.User, Conversation: p.Conversation, Type: p.ChatType}
}

// records reads a conversation's records from the files of the volume that has it,
// as far as an earlier export has written those, and from the spool.
func (x *Exporter) records(ctx context.Context, c *conversation, add func(roaming.MessageID, string)) error {
	for f, err := range x.Ledger.Files(ctx, c.volume) {
		if err != nil {
			return err
		}
		if err := x.fileRecords(ctx, f.Path, f.Bytes, c.ref, add); err != nil {
			return changed(f.Path, err)
		}
	}
	spool, err := os.Open(c.path)
	if err != nil {
		return err
	}
	defer spool.Close()
	return lineRecords(ctx, spool, c.ref, add)
}

func (x *Exporter) fileRecords(ctx context.Context, path string, size int64, ref roaming.Ref, add func(roaming.MessageID, string)) error {
	f, err := os.Open(filepath.Join(x.Dir, filepath.FromSlash(path)))
	if err != nil {
		return err
	}
	defer f.Close()
	r := io.LimitReader(f, size)
	if x.Template.compress() {
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return err
		}
		defer d.Close()
		r = d
	}
	if x.Format == CSV {
		return rowRecords(ctx, r, ref, add)
	}
	return lineRecords(ctx, r, ref, add)
}

func lineRecords(ctx context.Context, r io.Reader, ref roaming.Ref, add func(roaming.MessageID, string)) error {
	for line, err := range fsutil.Lines(r) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		var p placed
		if err := json.Unmarshal(line.Text, &p); err != nil {
			return fmt.Errorf("line %d: %w", line.Number, err)
		}
		if p.ref() != ref {
			continue
		}
		sum, err := sumOf(p.mark, line.Text)
		if err != nil {
			return fmt.Errorf("line %d: %w", line.Number, err)
		}
		add(p.ID, sum)
	}
	return nil
}

// rowRecords reads a table. Its cells are not always the exact ones: a record
// without an ID is known only where it is an unreadable item.
func rowRecords(ctx context.Context, r io.Reader, ref roaming.Ref, add func(roaming.MessageID, string)) error {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return err
	}
	column := map[string]int{}
	for i, name := range header {
		column[name] = i
	}
	for _, name := range []string{"user", "id", "chat_type", "conversation", "text"} {
		if _, ok := column[name]; !ok {
			return fmt.Errorf("the table has no column %q", name)
		}
	}
	for {
		row, err := rows.Read()
		if err == nil {
			err = context.Cause(ctx)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		cell := func(name string) string { return strings.TrimPrefix(row[column[name]], "'") }
		if cell("user") != strings.TrimPrefix(ref.User, "'") || cell("conversation") != strings.TrimPrefix(ref.Conversation, "'") || cell("chat_type") != string(ref.Type) {
			continue
		}
		id, err := roaming.ParseMessageID(cell("id"))
		if err != nil {
			id = 0
		}
		add(id, rawSum(cell("text")))
	}
}
