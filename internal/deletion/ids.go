package deletion

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/textfile"
)

const (
	// maxReported is how many bad lines one error lists.
	maxReported = 10
	// maxBadLines is how many bad lines are read: more are no list of IDs.
	maxBadLines = 1000
	// maxShown is how much of a bad line an error shows, in bytes.
	maxShown = 100
	// maxIDsFile is the size of a file of three million IDs.
	maxIDsFile = 64 << 20
)

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

// AddFile adds IDs from r, one a line; blank lines and lines that begin with #
// are skipped, and so is what follows a # after an ID. Lines that are not IDs
// are one fault.Usage, which names the first as name:line; then none is added.
func (s *IDSet) AddFile(r io.Reader, name string) error {
	var (
		good []roaming.MessageID
		bad  badLines
	)
	lines := bufio.NewScanner(textfile.NewReader(r, maxIDsFile))
	n := 0
	for bad.count < maxBadLines && lines.Scan() {
		n++
		text, _, _ := strings.Cut(lines.Text(), "#")
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		id, err := roaming.ParseMessageID(text[:min(len(text), maxShown)])
		switch {
		case err != nil:
			bad.add(fmt.Errorf("%s:%d: %w", name, n, err))
		case bad.count == 0:
			good = append(good, id)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		bad.add(fmt.Errorf("%s:%d: a line that is too long to be a message ID", name, n+1))
	} else if err != nil {
		return fault.Wrap(fault.Usage, err, "reading message IDs from %s", name).WithHint("nothing was sent; split a long list into several files")
	}
	if bad.count > 0 {
		return bad.err()
	}
	for _, id := range good {
		s.add(id)
	}
	return nil
}

// badLines keeps the first bad lines of a file and counts the others.
type badLines struct {
	first []error
	count int
}

func (b *badLines) add(err error) {
	b.count++
	if len(b.first) < maxReported {
		b.first = append(b.first, err)
	}
}

func (b *badLines) err() error {
	err := errors.Join(b.first...)
	count := strconv.Itoa(b.count)
	if b.count == maxBadLines {
		count = "at least " + count
	}
	if more := b.count - len(b.first); more > 0 {
		err = fmt.Errorf("%w\n... and %d more", err, more)
	}
	return fault.Wrap(fault.Usage, err, "%s of the lines are not message IDs", count).
		WithHint("nothing was sent; correct the lines and run it again")
}
