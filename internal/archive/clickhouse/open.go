package clickhouse

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/content"
	"github.com/roamctl/roamctl/internal/archive/tokens"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
)

// Options say how to open an archive.
type Options struct {
	Create   bool // make the database and its tables when there are none
	ReadOnly bool // open only for reading, beside another writer
	// User and Password are sent in headers. "" is the server's default user.
	User, Password string
	Transport      http.RoundTripper // nil for the default one
	// Lock is a file that keeps a second process of this machine from writing; "" for
	// none.
	Lock string
	// KeepParts is how long the server keeps replaced parts, 0 for a minute. It is
	// set when tables are made.
	KeepParts time.Duration
}

// Store is an open archive.
type Store struct {
	c      *client
	raw    content.Codec
	schema schema
	unlock func() error

	mu      sync.Mutex // held while writing
	writer  string     // the ID of this writer, "" when only reading
	epoch   int64
	since   int  // batches since their contents were cleaned up
	unknown bool // a batch may be written to batches and not be done
	lastRun archive.Run
}

var _ archive.Store = (*Store)(nil)

// Open opens an archive and brings its tables up to date.
func Open(ctx context.Context, a Address, o Options) (_ *Store, err error) {
	if a.Cluster != "" && !isName(a.Cluster) {
		return nil, fault.New(fault.Config, "%q is no name of a cluster: letters, digits and _", a.Cluster)
	}
	raw, err := content.NewCodec()
	if err != nil {
		return nil, err
	}
	s := &Store{c: newClient(a, o), raw: raw, schema: schema{database: a.Database, cluster: a.Cluster, keepParts: o.KeepParts}}
	if s.schema.keepParts == 0 {
		s.schema.keepParts = keepParts
	}
	if !o.ReadOnly && o.Lock != "" {
		if err := s.lock(o.Lock); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			err = s.wrap(errors.Join(err, s.release()))
		}
	}()
	if err := s.readServer(ctx); err != nil {
		return nil, err
	}
	version, err := s.version(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.checkVersion(version, o); err != nil {
		return nil, err
	}
	if o.ReadOnly {
		return s, nil
	}
	if err := s.prepareTables(ctx, version); err != nil {
		return nil, err
	}
	err = s.beginWriting(ctx)
	return s, err
}

// lock takes the lock of this machine.
func (s *Store) lock(path string) error {
	unlock, ok, err := fsutil.TryLock(path)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Safety, "another process is writing to the archive %s", s.c.address).WithHint("wait until it has finished")
	}
	s.unlock = unlock
	return nil
}

// readServer finds out what the server can do, and what the archive's tables are.
func (s *Store) readServer(ctx context.Context) error {
	const sql = `SELECT version() AS version,
		(SELECT count() FROM system.tables WHERE database = 'system' AND name = 'zookeeper') AS keeper,
		(SELECT any(engine_full) FROM system.tables WHERE database = %s AND name = 'meta') AS engine`
	type row struct {
		Version, Engine string
		Keeper          int
	}
	for r, err := range listAt[row](ctx, s.c, request{database: "default", sql: fmt.Sprintf(sql, quote(s.c.address.Database))}) {
		if err != nil {
			return err
		}
		if r.Engine != "" {
			s.schema.cluster = clusterOf(r.Engine)
		}
		s.schema.TextIndex = atLeast(r.Version, 26, 2)
		s.schema.replicated = s.schema.cluster != "" && r.Keeper > 0
		if atLeast(r.Version, 22, 1) {
			s.c.settings["async_insert"] = "0"
		}
	}
	return s.checkCluster(ctx)
}

// clusterOf is the cluster that a table's engine is distributed over, "" for none.
func clusterOf(engine string) string {
	rest, ok := strings.CutPrefix(engine, "Distributed(")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, ",")
	return strings.Trim(name, "' ")
}

// atLeast compares the version of a server.
func atLeast(version string, major, minor int) bool {
	parts := append(strings.Split(version, "."), "0")
	a, _ := strconv.Atoi(parts[0])
	b, _ := strconv.Atoi(parts[1])
	return a > major || a == major && b >= minor
}

// checkVersion refuses tables of a version that this program can't use.
func (s *Store) checkVersion(version int, o Options) error {
	want, _, err := newest()
	switch {
	case err != nil:
		return err
	case version > want:
		return fault.New(fault.Config, "the archive has format %d; this version of roamctl knows formats up to %d", version, want).
			WithHint("use the newer roamctl that wrote it")
	case version == 0 && !o.Create:
		return fault.New(fault.NotFound, "the database %s has no archive", s.c.address).WithHint("roamctl archive init makes one; --archive names another")
	case version < want && o.ReadOnly:
		return fault.New(fault.Config, "the archive %s has format %d, not %d", s.c.address, version, want).
			WithHint("roamctl archive init brings it up to date")
	}
	return nil
}

// prepareTables makes or migrates the tables.
func (s *Store) prepareTables(ctx context.Context, version int) error {
	if version == 0 {
		if err := s.createDatabase(ctx); err != nil {
			return err
		}
	}
	if err := s.migrate(ctx, version); err != nil {
		return err
	}
	m, err := s.readMeta(ctx)
	if err != nil || m[metaSecret] != "" {
		return err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	if err := s.setMeta(ctx, metaTokens, tokens.Version()); err != nil {
		return err
	}
	return s.setMeta(ctx, metaSecret, base64.StdEncoding.EncodeToString(secret))
}

// Close ends writing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer = ""
	return s.wrap(s.release())
}

func (s *Store) release() error {
	s.c.http.GetClient().CloseIdleConnections()
	if s.unlock == nil {
		return nil
	}
	unlock := s.unlock
	s.unlock = nil
	return unlock()
}

// writing runs fn alone, after a batch that an earlier writer left was finished.
func (s *Store) writing(ctx context.Context, fn func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer == "" {
		return fault.New(fault.Bug, "the archive %s is open to read only, or closed", s.c.address)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := s.checkWriter(ctx); err != nil {
		return s.wrap(err)
	}
	if s.unknown {
		if err := s.recoverBatch(ctx); err != nil {
			return s.wrap(err)
		}
	}
	return s.wrap(fn())
}
