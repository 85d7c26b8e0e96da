// Package importer reads exports, backups and history files into an archive.
package importer

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/archive/historyfile"
	"github.com/roamctl/roamctl/internal/fault"
)

// batchSize is how many messages one transaction brings.
const batchSize = 5000

// Kind is what a file is.
type Kind string

// The kinds.
const (
	HistoryFile Kind = "history file"
	Export      Kind = "export"
	Backup      Kind = "backup"
)

// File is what became of a file, or of a backup as a whole.
type File struct {
	Path string
	Kind Kind // "" for a file that is not imported
	archive.Result
	Unreadable int64 // lines
	Err        error // why the file, or the rest of it, was not imported
}

// Importer imports paths in one run. What it imports again changes nothing, so
// an interrupted import is simply run again.
type Importer struct {
	Store archive.Store
	Run   archive.Run
	// AppKey is the app whose messages the archive has; "" if that is unknown.
	// Exports and backups of another app are refused: its users are others.
	AppKey string
	// OnFile is called after each file. Its error ends the import.
	OnFile func(File) error
	// OnBadLine is called with each line that can't be read, by its file.
	OnBadLine func(path string, err error)
}

// record is a message of a file.
type record struct {
	archive.Message
	user string // whose history has it, "" if that is not known
}

// records are those of a file. After a *historyfile.BadLine the sequence
// continues; any other error ends it.
type records = iter.Seq2[record, error]

// read imports one file. Only what concerns the whole import is returned as an
// error; what concerns the file is passed to OnFile.
func (i *Importer) read(ctx context.Context, path string, kind Kind, all records) error {
	f := File{Path: path, Kind: kind}
	batch := make([]archive.Message, 0, batchSize)
	seen := viewsOf{}
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		result, err := i.Store.Import(ctx, archive.Batch{Run: i.Run, Messages: batch, Views: seen.views()})
		f.Add(result)
		batch = batch[:0]
		clear(seen)
		return err
	}
	for r, err := range all {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		bad, isLine := errors.AsType[*historyfile.BadLine](err)
		switch {
		case isLine:
			f.Unreadable++
			i.OnBadLine(path, bad)
			continue
		case err != nil:
			f.Err = err
		default:
			batch = append(batch, r.Message)
			seen.add(r)
		}
		if len(batch) == batchSize {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return i.OnFile(f)
}

// viewer is a user's view of a conversation. Messages without a time have their own.
type viewer struct {
	user         string
	conversation archive.Conversation
	timeless     bool
}

// viewsOf are what users saw of a batch. When they saw it is not known: exports and what
// messages fetch prints don't say when they were made. What a user did not see is not
// known either: a backup has a part of a history, and a file can.
type viewsOf map[viewer]*archive.View

func (v viewsOf) add(r record) {
	if r.user == "" {
		return
	}
	ms := content.Millis(r.Time)
	at := viewer{strings.ToLower(r.user), r.Conversation, ms == 0}
	view := v[at]
	if view == nil {
		view = &archive.View{User: r.user, Conversation: r.Conversation, Span: archive.Span{From: ms, To: ms}, Partial: true}
		v[at] = view
	}
	view.Span.From, view.Span.To = min(view.Span.From, ms), max(view.Span.To, ms)
	view.Keys = append(view.Keys, r.Key)
}

// views are the views in the order of users and conversations.
func (v viewsOf) views() (all []archive.View) {
	for _, view := range v {
		all = append(all, *view)
	}
	slices.SortFunc(all, func(a, b archive.View) int {
		return cmp.Or(strings.Compare(a.User, b.User), strings.Compare(a.Conversation.String(), b.Conversation.String()), cmp.Compare(a.Span.From, b.Span.From))
	})
	return all
}

// refuse passes on why a file is not imported.
func (i *Importer) refuse(path string, kind Kind, err error) error {
	return i.OnFile(File{Path: path, Kind: kind, Err: err})
}

// foreign is why a file of another app is not imported, nil for this app's.
func (i *Importer) foreign(appKey string) error {
	if i.AppKey == "" || appKey == "" || appKey == i.AppKey {
		return nil
	}
	return fault.New(fault.Safety, "it is of the app %s, and the archive is of %s", appKey, i.AppKey).
		WithHint("import it into an archive of its own: --app-key '%s', with another --archive if one is set", appKey)
}

// unknown says why a file of another kind is not imported.
func unknown() error {
	return fault.New(fault.Usage, "it is no history file, no NDJSON export and no backup")
}
