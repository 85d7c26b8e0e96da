package restore

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// mapName is the name of the ledger in a restore's folder.
const mapName = "restore-map.ndjson"

// step is what a line of the ledger says of a message.
type step string

const (
	sending  step = "sending"  // it is about to be sent: without a later line, nobody knows whether it was stored
	restored step = "restored" // it has its new ID
	refused  step = "refused"  // the service did not take it
)

// line is a line of the ledger: from the old ID to the new one.
type line struct {
	Step         step              `json:"step"`
	Old          roaming.MessageID `json:"old"`
	New          roaming.MessageID `json:"new,omitempty"`
	Conversation string            `json:"conversation"`
	Type         roaming.ChatType  `json:"type"`
	Timestamp    roaming.Time      `json:"timestamp"`
	Found        bool              `json:"found,omitempty"`  // it was there already, put back by an answer that never came
	Reason       string            `json:"reason,omitempty"` // why it was refused
}

// past is what a ledger knows of messages, by their old ID.
type past map[roaming.MessageID]line

// ledger is a restore's durable record: a line is on the disk when add returns.
type ledger struct {
	file *os.File
	past past
}

// readPast reads a ledger without changing it; none is an empty past. A last
// line that was cut off is left out: its add never returned.
func readPast(path string) (past, int64, error) {
	f, err := fsutil.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return past{}, 0, nil
	}
	if err != nil {
		return nil, 0, fault.Wrap(fault.Config, err, "the map of restored messages can't be read")
	}
	defer f.Close()
	all, end := past{}, int64(0)
	torn := 0
	for raw, err := range fsutil.Lines(f) {
		if err != nil {
			return nil, 0, fault.Wrap(fault.Config, err, "the map of restored messages can't be read")
		}
		if torn > 0 {
			return nil, 0, damagedLine(path, torn, errors.New("it was cut off, and others follow"))
		}
		if raw.Torn() {
			torn = raw.Number
			continue
		}
		var l line
		if err := json.Unmarshal(raw.Text, &l); err != nil {
			return nil, 0, damagedLine(path, raw.Number, err)
		}
		all[l.Old] = l
		end = raw.End()
	}
	return all, end, nil
}

func damagedLine(path string, number int, err error) error {
	return fault.Wrap(fault.Safety, err, "%s, line %d is damaged", path, number).
		WithHint("it says which messages are back already: put a good copy of it in its place")
}

// openLedger opens the ledger in dir for writing.
func openLedger(dir string) (*ledger, error) {
	path := filepath.Join(dir, mapName)
	known, end, err := readPast(path)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(f.Truncate(end), fsutil.SyncFolder(dir))
	}
	if err == nil {
		_, err = f.Seek(end, 0)
	}
	if err != nil {
		return nil, unwritable(err)
	}
	return &ledger{file: f, past: known}, nil
}

func (l *ledger) add(entry line) error {
	b, err := json.Marshal(entry)
	if err != nil {
		return fault.Wrap(fault.Bug, err, "the map of restored messages")
	}
	if _, err := l.file.Write(append(b, '\n')); err != nil {
		return unwritable(err)
	}
	if err := l.file.Sync(); err != nil {
		return unwritable(err)
	}
	l.past[entry.Old] = entry
	return nil
}

func unwritable(err error) error {
	return fault.Wrap(fault.Config, err, "the map of restored messages can't be written, so nothing more is sent").
		WithHint("%s", cmp.Or(fault.HintOf(err), "make room on its disk, then run the same command again"))
}

func (l *ledger) close() error { return l.file.Close() }

// folder is where a backup's restores are kept, by its digest.
func folder(dir, digest string) (string, error) {
	const digits = 16
	if len(digest) < digits {
		return "", fault.New(fault.Safety, "the backup has no digest")
	}
	return filepath.Join(dir, fmt.Sprintf("%.*s", digits, digest)), nil
}
