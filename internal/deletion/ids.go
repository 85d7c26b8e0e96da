package deletion

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// maxReported is how many bad lines one error lists.
const maxReported = 10

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
// are skipped, and so is what follows a # after an ID. The lines that are not
// IDs are all reported, as name:line, in one fault.Usage; then none is added.
func (s *IDSet) AddFile(r io.Reader, name string) error {
	var (
		good []roaming.MessageID
		bad  []error
	)
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		text := lines.Text()
		if n == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		text, _, _ = strings.Cut(text, "#")
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		id, err := roaming.ParseMessageID(text)
		if err != nil {
			bad = append(bad, fmt.Errorf("%s:%d: %w", name, n, err))
			continue
		}
		good = append(good, id)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		bad = append(bad, fmt.Errorf("%s:%d: a line that is too long to be a message ID", name, n+1))
	} else if err != nil {
		return fault.Wrap(fault.Usage, err, "reading message IDs from %s", name)
	}
	if len(bad) > 0 {
		return badLines(bad)
	}
	for _, id := range good {
		s.add(id)
	}
	return nil
}

func badLines(bad []error) error {
	count := len(bad)
	shown := bad[:min(count, maxReported)]
	err := errors.Join(shown...)
	if count > len(shown) {
		err = fmt.Errorf("%w\n... and %d more", err, count-len(shown))
	}
	return fault.Wrap(fault.Usage, err, "%d of the lines are not message IDs", count).
		WithHint("nothing was sent; correct the lines and run it again")
}
