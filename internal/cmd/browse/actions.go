package browse

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/browse"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
	"github.com/roamctl/roamctl/internal/transcript"
)

// actions are what the browser does with messages.
type actions struct {
	options

	app      *app.App
	src      source.Source
	redactor *redact.Redactor                        // of exports; nil to write them as they are
	start    func(name string, args ...string) error // starts a program
}

// path makes or finds a new file or folder in the output folder, named after a
// conversation; see claim.
func (x *actions) path(what string, ref roaming.Ref, ending string, take func(path string) error) (string, error) {
	if err := fsutil.Folder(x.out); err != nil {
		return "", fault.Wrap(fault.Config, err, "cannot write to %s", x.out)
	}
	name := fmt.Sprintf("%s-%s-%s-%s", what, ref.User, ref.Conversation, x.app.Now().Format("20060102T150405"))
	return x.claim(fsutil.SafeName(name), ending, take)
}

// claim calls take with the paths of a name, with and without numbers, until one does
// not exist.
func (x *actions) claim(name, ending string, take func(path string) error) (string, error) {
	for n := 1; n < 1000; n++ {
		path := filepath.Join(x.out, name+ending)
		if n > 1 {
			path = filepath.Join(x.out, fmt.Sprintf("%s-%d%s", name, n, ending))
		}
		if err := take(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrExist) {
			return "", fault.Wrap(fault.Config, err, "cannot write %s", path)
		}
	}
	return "", fault.New(fault.Usage, "%s has too many files named %s", x.out, name+ending)
}

// isFree is for paths that are created later, exclusively.
func isFree(path string) error {
	_, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return fs.ErrExist
}

// shown is how a path of the output folder is named to the user: as they named the folder.
func (x *actions) shown(path string) string { return filepath.Join(x.folder, filepath.Base(path)) }

// Export implements browse.Actions.
func (x *actions) Export(ctx context.Context, ref roaming.Ref, messages []source.Message, format browse.Format) (string, error) {
	if format == browse.NDJSON {
		return x.exportLines(ref, messages)
	}
	path, err := x.path("transcript", ref, "", isFree)
	if err != nil {
		return "", err
	}
	settings, err := x.app.Settings()
	if err != nil {
		return "", err
	}
	name, host := x.app.Operator()
	_, err = transcript.Write(ctx, source.NewChosen(x.src, messages), path, transcript.Options{
		Selection: source.Selection{User: ref.User, Conversations: []roaming.Ref{ref}, Query: source.Query{Direction: roaming.Down}},
		Format:    transcript.HTML, Attachments: transcript.None, Zone: settings.Location,
		Made: x.app.Now(), By: name + "@" + host, Version: x.app.Version, Redactor: x.redactor,
	})
	return x.exported(len(messages), path), err
}

// exportLines writes messages as messages fetch -o ndjson does.
func (x *actions) exportLines(ref roaming.Ref, messages []source.Message) (text string, err error) {
	var f *os.File
	path, err := x.path("messages", ref, ".ndjson", func(path string) (err error) {
		f, err = fsutil.Create(path)
		return err
	})
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = fault.Wrap(fault.Config, errors.Join(err, os.Remove(path)), "cannot write %s", path)
		}
	}()
	out := bufio.NewWriter(f)
	var line []byte
	for _, m := range messages {
		if line, err = x.line(line[:0], ref, m); err == nil {
			_, err = out.Write(append(line, '\n'))
		}
		if err != nil {
			return "", errors.Join(err, f.Close())
		}
	}
	err = errors.Join(out.Flush(), f.Sync(), f.Close(), fsutil.SyncFolder(x.out))
	return x.exported(len(messages), path), err
}

// line appends a message as JSON, redacted if the exports are.
func (x *actions) line(b []byte, ref roaming.Ref, m source.Message) ([]byte, error) {
	if x.redactor == nil {
		return m.AppendJSON(b)
	}
	b, err := x.redactor.Named(m.Name(), ref.User, m.Message).AppendJSON(b)
	if err == nil {
		err = errors.Join(x.redactor.Err(), x.redactor.CheckJSON(b))
	}
	return b, err
}

func (x *actions) exported(n int, path string) string {
	how := " to "
	if x.redactor != nil {
		how = ", redacted, to "
	}
	return "exported " + render.Count(n, "message") + how + x.shown(path)
}

// Plan implements browse.Actions.
func (x *actions) Plan(ctx context.Context, ref roaming.Ref, messages []source.Message) (string, error) {
	target, err := x.app.Target(ctx)
	if err != nil {
		return "", err
	}
	if app := x.src.About().AppKey; app != "" && app != target.AppKey {
		return "", fault.New(fault.Safety, "these messages are of App Key %s, and profile %s is for %s", app, target.Profile, target.AppKey)
	}
	var ids []roaming.MessageID
	for _, m := range messages {
		if m.ID == 0 {
			return "", fault.New(fault.Usage, "a selected message has no ID, and can't be deleted by it")
		}
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	path, err := x.path("plan", ref, ".json", isFree)
	if err != nil {
		return "", err
	}
	count, err := deleting.PlanMessages(ctx, x.app, path, x.reason, x.ticket, deletion.Target{Ref: ref, IDs: ids})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("planned: %s; roamctl apply %s", count, x.shown(path)), nil
}

// opens reports whether files of a media type are opened.
func opens(media string) bool {
	kind, _, _ := strings.Cut(media, "/")
	return kind == "image" && media != "image/svg+xml" || kind == "audio" || kind == "video" || media == "application/ogg"
}
