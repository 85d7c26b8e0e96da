package deletion

import (
	"errors"
	"io"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/textfile"
	"github.com/roamctl/roamctl/internal/userlist"
)

// maxIDsFile is the size of a file of three million IDs.
const maxIDsFile = 64 << 20

// IDSet collects message IDs in the order given, each once.
type IDSet struct {
	ids  []roaming.MessageID
	seen map[roaming.MessageID]struct{}
	// Duplicates is how many IDs were given again.
	Duplicates int
}

// IDs are the collected IDs, in the order in which they first came.
func (s *IDSet) IDs() []roaming.MessageID { return s.ids }

func (s *IDSet) add(id roaming.MessageID) {
	if _, dup := s.seen[id]; dup {
		s.Duplicates++
		return
	}
	if s.seen == nil {
		s.seen = map[roaming.MessageID]struct{}{}
	}
	s.seen[id] = struct{}{}
	s.ids = append(s.ids, id)
}

// AddArgs adds IDs given on the command line; one value may hold several,
// separated by commas. Any bad one is a fault.Usage.
func (s *IDSet) AddArgs(values []string) error {
	for _, value := range values {
		for field := range strings.SplitSeq(value, ",") {
			id, err := roaming.ParseMessageID(strings.TrimSpace(field))
			if err != nil {
				return fault.Wrap(fault.Usage, err, "--id")
			}
			s.add(id)
		}
	}
	return nil
}

// AddFile adds IDs from r, one a line or, with a column, from a CSV or NDJSON file, as
// package userlist reads them. Lines that are not IDs are one fault.Usage, which names
// the first as name:line; then none is added.
func (s *IDSet) AddFile(r io.Reader, name, column string) error {
	var good []roaming.MessageID
	bad := userlist.BadLines{Of: "message"}
	options := userlist.Options{Of: bad.Of, Name: name, Column: column, MaxSize: maxIDsFile, Check: func(id string) error {
		_, err := roaming.ParseMessageID(id)
		return err
	}}
	for entry, err := range userlist.Read(r, options) {
		switch {
		case bad.Add(err):
			if bad.Full() {
				return bad.Err()
			}
		case err != nil:
			failed := fault.Wrap(fault.Usage, err, "nothing was sent")
			if _, ok := errors.AsType[*textfile.SizeError](err); ok {
				failed.Hint = "split a long list into several files"
			}
			return failed
		default:
			id, err := roaming.ParseMessageID(entry.ID)
			if err != nil {
				return err
			}
			good = append(good, id)
		}
	}
	if err := bad.Err(); err != nil {
		return err
	}
	for _, id := range good {
		s.add(id)
	}
	return nil
}
