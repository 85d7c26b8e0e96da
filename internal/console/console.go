// Package console talks to the person at the terminal: notes and warnings on the
// error stream, prompts and confirmations.
package console

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
)

// Console writes to the error stream and asks on the terminal. Note and the
// warnings are safe for concurrent use.
type Console struct {
	IO    *iostreams.Streams
	Quiet bool // drop notes

	checked  sync.Map // folders that WarnUnsynced has looked at
	unsynced atomic.Bool
}

// New makes a Console over the process's streams.
func New(streams *iostreams.Streams) *Console { return &Console{IO: streams} }

// Note prints a line about the progress of a command, unless Quiet is set.
func (c *Console) Note(format string, args ...any) {
	if !c.Quiet {
		c.Print("", format, args...)
	}
}

// Warn prints a line that the user should know, whatever Quiet says.
func (c *Console) Warn(format string, args ...any) {
	c.Print("warning: ", format, args...)
}

// Print writes a line after a label. The text may hold what strangers wrote.
func (c *Console) Print(label, format string, args ...any) {
	text := label + render.Safe(fmt.Sprintf(format, args...))
	if c.IO.ErrTTY() {
		text = strings.Join(render.Wrap(text, c.IO.Width()), "\n")
	}
	fmt.Fprintln(c.IO.Err, text)
}

// ShowTime formats a time as roamctl understood it: RFC 3339 with milliseconds,
// in the zone that it was read in.
func (c *Console) ShowTime(t time.Time) string {
	return t.Format("2006-01-02T15:04:05.000Z07:00")
}

// WarnUnsynced warns once if a power failure may lose files that were just
// written to dir, because its file system can't sync folders.
func (c *Console) WarnUnsynced(dir string) { c.warnUnsynced(dir, fsutil.SyncsFolders) }

func (c *Console) warnUnsynced(dir string, syncs func(string) bool) {
	if _, checked := c.checked.LoadOrStore(dir, true); checked || syncs(dir) {
		return
	}
	if !c.unsynced.Swap(true) {
		c.Warn("%s is on a file system that can't sync folders: a power failure may take the newest files there", dir)
	}
}

// Confirm prints lines and asks for a word to be typed. It returns a
// fault.Safety unless the word comes.
func (c *Console) Confirm(ctx context.Context, lines []string, word string) error {
	for _, line := range lines {
		c.Print("", "%s", line)
	}
	answer, err := c.ask(ctx, fmt.Sprintf("Type %s to continue", word), promptLine)
	switch {
	case fault.KindOf(err) == fault.Usage:
		return fault.Wrap(fault.Safety, err, "not confirmed: nothing was changed")
	case err == nil && answer != word:
		return fault.New(fault.Safety, "not confirmed: nothing was changed")
	}
	return err
}
