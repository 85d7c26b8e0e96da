package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/clickhouse"
	"github.com/roamctl/roamctl/internal/archive/files"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/sqlite"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/timeparse"
)

// ArchiveMode says what a command does with the archive.
type ArchiveMode int

// The modes. One process writes at a time, and any number read meanwhile.
const (
	ReadArchive   ArchiveMode = iota // only read
	WriteArchive                     // write to an archive that exists
	CreateArchive                    // write, and make the archive if there is none
)

// ArchivePlace is where the archive is: an absolute path or a URL.
func (a *App) ArchivePlace() (string, error) {
	c, err := a.Config()
	if err != nil {
		return "", err
	}
	return c.Archive(a.Global.Sandbox)
}

// Archive opens the archive of --archive, the setting or the default file. Close
// closes it.
func (a *App) Archive(ctx context.Context, mode ArchiveMode) (archive.Store, error) {
	place, err := a.ArchivePlace()
	if err != nil {
		return nil, err
	}
	return a.ArchiveAt(ctx, place, mode)
}

// ArchiveAt is Archive for another place.
func (a *App) ArchiveAt(ctx context.Context, place string, mode ArchiveMode) (archive.Store, error) {
	store, err := a.openArchive(ctx, place, mode)
	if err != nil {
		return nil, err
	}
	a.OnClose(store.Close)
	return detailed{store}, nil
}

// ArchiveFiles is the folder of the attachments of the archive at a place: beside a
// file, and in the data folder for a database. It may not exist.
func (a *App) ArchiveFiles(place string) (files.Folder, error) {
	if !strings.HasPrefix(place, config.ClickHouse+"://") {
		return files.Folder{Path: place + ".files"}, nil
	}
	address, err := clickhouse.ParseAddress(place)
	if err != nil {
		return files.Folder{}, err
	}
	data, err := config.Folders{Env: a.Getenv}.Data()
	host := strings.ReplaceAll(address.Hosts[0], ":", "_") // no colon in file names on Windows
	return files.Folder{Path: filepath.Join(data, "archives", host, address.Database+".files")}, err
}

// ParseQuery reads a query (docs/search.md) whose times are in the user's zone.
func (a *App) ParseQuery(source string) (query.Query, error) {
	s, err := a.Settings()
	if err != nil {
		return query.Query{}, err
	}
	start := func(text string) (time.Time, error) {
		t, err := timeparse.Parse(text, a.Now(), s.Location)
		if err == nil {
			a.noteLast(text, t)
		}
		return t, err
	}
	end := func(text string) (time.Time, error) { return timeparse.ParseEnd(text, a.Now(), s.Location) }
	return query.Parse(source, query.Times{Start: start, End: end})
}

// NoteNeverRead names the users whose view of a conversation, or of any for "", an
// archive never had: what it has of theirs is from others.
func (a *App) NoteNeverRead(ctx context.Context, store archive.Store, users []string, conversation string, t roaming.ChatType) error {
	for _, user := range users {
		never, err := archive.NeverRead(ctx, store, roaming.Ref{User: user, Conversation: conversation, Type: t})
		if err != nil {
			return err
		}
		if never != "" {
			a.Note("%s", never)
		}
	}
	return nil
}

// openArchive is the one place that tells the stores apart.
func (a *App) openArchive(ctx context.Context, place string, mode ArchiveMode) (archive.Store, error) {
	if strings.HasPrefix(place, config.ClickHouse+"://") {
		return a.openClickHouse(ctx, place, mode)
	}
	folder := filepath.Dir(place)
	_, missing := os.Stat(folder)
	store, err := sqlite.Open(ctx, place, sqlite.Options{Create: mode == CreateArchive, ReadOnly: mode == ReadArchive})
	if err != nil {
		return nil, err
	}
	if errors.Is(missing, fs.ErrNotExist) && !a.isData(folder) {
		a.Note("created the folder %s", folder) // --archive may have a typing error
	}
	return store, nil
}

// isData reports whether a folder is the data folder or in it.
func (a *App) isData(folder string) bool {
	data, err := config.Folders{Env: a.Getenv}.Data()
	if err != nil {
		return false
	}
	inside, err := filepath.Rel(data, folder)
	return err == nil && filepath.IsLocal(inside)
}

// maxStatement is how long a ClickHouse server may take to begin its answer.
const maxStatement = 30 * time.Minute

func (a *App) openClickHouse(ctx context.Context, place string, mode ArchiveMode) (archive.Store, error) {
	address, err := clickhouse.ParseAddress(place)
	if err != nil {
		return nil, err
	}
	c, err := a.Config()
	if err != nil {
		return nil, err
	}
	access, err := c.ClickHouseAccess(ctx, place)
	if err != nil {
		return nil, err
	}
	address.Cluster = access.Cluster
	s, err := a.Settings()
	if err != nil {
		return nil, err
	}
	transport, err := easemob.NewTransport(s.CAFile, maxStatement)
	if err != nil {
		return nil, err
	}
	o := clickhouse.Options{
		Create: mode == CreateArchive, ReadOnly: mode == ReadArchive,
		User: access.User, Password: access.Password.Reveal(), Transport: transport,
	}
	if mode != ReadArchive {
		if o.Lock, err = a.archiveLock(address); err != nil {
			return nil, err
		}
	}
	return clickhouse.Open(ctx, address, o)
}

// archiveLock is the file that keeps two processes of this machine from writing to
// an archive on a server.
func (a *App) archiveLock(address clickhouse.Address) (string, error) {
	dir, err := a.StateDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "archives")
	sum := sha256.Sum256([]byte(address.String()))
	return filepath.Join(dir, hex.EncodeToString(sum[:8])+".lock"), fsutil.Folder(dir)
}
