package restore

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// mapName is the name of the map file in a restore's folder.
const mapName = "restore-map.ndjson"

// step is the state of a message in the map file.
type step string

const (
	sending  step = "sending"  // it may have been sent: unless another line follows, nobody knows whether it was stored
	restored step = "restored" // it has its new ID
	refused  step = "refused"  // the service refused it
)

// line is a line of the map file.
type line struct {
	Step         step              `json:"step"`
	Old          roaming.MessageID `json:"old"`
	New          roaming.MessageID `json:"new,omitempty"`
	Conversation string            `json:"conversation"`
	Type         roaming.ChatType  `json:"type"`
	Timestamp    roaming.Time      `json:"timestamp"`
	Found        bool              `json:"found,omitempty"`  // it was there already: the answer to its import was lost
	Reason       string            `json:"reason,omitempty"` // why it was refused
}

// known has the latest line of each message, by the old ID.
type known map[roaming.MessageID]line

// mapFile is the map file of a restore. A line is on the disk when add returns.
type mapFile struct {
	file  *os.File
	known known
}

// readMap reads a map file, which need not exist, up to end. It leaves out a
// last line that was cut off: the add of that line never returned.
func readMap(path string) (all known, end int64, err error) {
	unreadable := func(err error) error {
		return fault.Wrap(fault.Config, err, "cannot read the map of restored messages")
	}
	f, err := fsutil.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return known{}, 0, nil
	}
	if err != nil {
		return nil, 0, unreadable(err)
	}
	defer f.Close()
	all = known{}
	torn := 0
	for raw, err := range fsutil.Lines(f) {
		if err != nil {
			return nil, 0, unreadable(err)
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
		all[l.Old], end = l, raw.End()
	}
	return all, end, nil
}

func damagedLine(path string, number int, err error) error {
	return fault.Wrap(fault.Safety, err, "%s, line %d is damaged", path, number).
		WithHint("the file records which messages are restored: replace it with a good copy")
}

// openMap opens the map file in dir for writing.
func openMap(dir string) (*mapFile, error) {
	path := filepath.Join(dir, mapName)
	all, end, err := readMap(path)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, unwritable(err)
	}
	err = errors.Join(f.Truncate(end), fsutil.SyncFolder(dir))
	if err == nil {
		_, err = f.Seek(end, 0)
	}
	if err != nil {
		return nil, unwritable(errors.Join(err, f.Close()))
	}
	return &mapFile{file: f, known: all}, nil
}

func (m *mapFile) add(entry line) error {
	b, err := json.Marshal(entry)
	if err != nil {
		return fault.Wrap(fault.Bug, err, "the map of restored messages")
	}
	if _, err := m.file.Write(append(b, '\n')); err != nil {
		return unwritable(err)
	}
	if err := m.file.Sync(); err != nil {
		return unwritable(err)
	}
	m.known[entry.Old] = entry
	return nil
}

func unwritable(err error) error {
	return fault.Wrap(fault.Config, err, "cannot write the map of restored messages; nothing more is sent").
		WithHint("%s", cmp.Or(fault.HintOf(err), "make room on its disk, then run the same command again"))
}
