package export

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/roamctl/roamctl/internal/roaming"
)

// seen knows which records of a conversation are in the export or in the
// temporary file. An ID above all of those is new, in whatever order the service
// returns messages. The records are read, and kept in memory, only when another
// ID comes.
type seen struct {
	highest roaming.MessageID
	read    func(add func(recordInfo)) error

	ids    map[roaming.MessageID]struct{} // nil until the records are read
	hashes map[string]int                 // records without an ID
}

// prepare loads the records if the highest ID can't decide whether the IDs, in
// this order, are new.
func (s *seen) prepare(ids ...roaming.MessageID) error {
	if s.ids != nil {
		return nil
	}
	highest := s.highest
	for _, id := range ids {
		if id <= highest {
			return s.load()
		}
		highest = id
	}
	return nil
}

// load reads the records.
func (s *seen) load() error {
	s.ids, s.hashes = map[roaming.MessageID]struct{}{}, map[string]int{}
	return s.read(func(r recordInfo) {
		if r.ID == 0 {
			s.hashes[r.hash()]++
		} else {
			s.ids[r.ID] = struct{}{}
		}
	})
}

// has reports whether there is a message with the ID. prepare must have been
// called with the ID.
func (s *seen) has(id roaming.MessageID) bool {
	_, ok := s.ids[id]
	return ok
}

// takeHash reports whether there is a record without an ID, each once.
func (s *seen) takeHash(hash string) bool {
	if s.hashes[hash] == 0 {
		return false
	}
	s.hashes[hash]--
	return true
}

// add adds a new message.
func (s *seen) add(id roaming.MessageID) {
	s.highest = max(s.highest, id)
	if s.ids != nil {
		s.ids[id] = struct{}{}
	}
}

// readRecords calls add with a conversation's records in the output files, as far
// as earlier exports have written those, and in the temporary file.
func (x *Exporter) readRecords(ctx context.Context, c *conversation, add func(recordInfo)) error {
	for f, err := range x.DB.Files(ctx, c.output) {
		if err != nil {
			return err
		}
		path := filepath.Join(x.Dir, filepath.FromSlash(f.Path))
		if err := readFile(ctx, path, f.Bytes, x.Template.compress(), x.Format, c.ref, add); err != nil {
			return changedError(f.Path, err)
		}
	}
	return readFile(ctx, c.path, math.MaxInt64, false, NDJSON, c.ref, add)
}

// readFile calls add with a conversation's records in the first size bytes of a
// file.
func readFile(ctx context.Context, path string, size int64, compressed bool, format Format, ref roaming.Ref, add func(recordInfo)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if format == CSV { // as csvRecords does
		ref.User, ref.Conversation = strings.TrimPrefix(ref.User, "'"), strings.TrimPrefix(ref.Conversation, "'")
	}
	records := textRecords(ctx, io.LimitReader(f, size), compressed, format)
	if format == Parquet {
		records = parquetRecords(ctx, f, size)
	}
	for r, err := range records {
		if err != nil {
			return err
		}
		if r.ref() == ref {
			add(r)
		}
	}
	return nil
}
