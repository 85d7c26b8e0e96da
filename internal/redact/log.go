package redact

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"

	"github.com/roamctl/roamctl/internal/fault"
)

// Log is a file of entries, one a line of JSON.
type Log struct {
	path string
	file *os.File
	out  *bufio.Writer
}

// OpenLog opens a log, of mode 0600, to add to it: a resumed run adds to its own.
func OpenLog(path string) (*Log, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "cannot write the redaction log")
	}
	return &Log{path, f, bufio.NewWriter(f)}, nil
}

// Write adds an entry.
func (l *Log) Write(e Entry) error {
	line, err := json.Marshal(e)
	if err == nil {
		_, err = l.out.Write(append(line, '\n'))
	}
	return l.wrap(err)
}

// Close writes what is left.
func (l *Log) Close() error { return l.wrap(errors.Join(l.out.Flush(), l.file.Sync(), l.file.Close())) }

func (l *Log) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Config, err, "cannot write the redaction log %s", l.path)
}
