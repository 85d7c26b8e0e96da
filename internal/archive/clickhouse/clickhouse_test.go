package clickhouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/clickhouse/servertest"
	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/childtest"
)

const (
	// serverVariable names a server to test with, as HOST:PORT of its HTTP interface.
	serverVariable = "ROAMCTL_TEST_CLICKHOUSE"
	// requireVariable makes tests start servers of their own. They take minutes, so
	// they are skipped without it.
	requireVariable = "ROAMCTL_REQUIRE_CLICKHOUSE"
)

// shared is the server that most tests use.
var shared struct {
	host   string
	server *servertest.Server
	err    error
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if shared.host = os.Getenv(serverVariable); childtest.Arg() == "" && shared.host == "" && os.Getenv(requireVariable) != "" {
			stop := startShared()
			defer stop()
		}
		return childtest.Main(m, importUntilKilled)
	}())
}

func startShared() (stop func()) {
	dir, err := os.MkdirTemp("", "clickhouse")
	if err != nil {
		shared.err = err
		return func() {}
	}
	servers, err := servertest.New(dir)
	if err == nil {
		err = servers[0].Start(context.Background())
	}
	if shared.err = err; err == nil {
		shared.server, shared.host = servers[0], servers[0].HTTP
	}
	return func() {
		if shared.server != nil {
			_ = shared.server.Stop()
		}
		_ = os.RemoveAll(dir)
	}
}

// needsServer skips a test where there is no server.
func needsServer(t testing.TB) {
	t.Helper()
	if shared.host == "" {
		noServer(t, shared.err)
	}
}

// needsProgram skips a test that starts servers of its own where there is no
// program.
func needsProgram(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath(servertest.Program); err != nil || os.Getenv(requireVariable) == "" {
		noServer(t, err)
	}
}

func noServer(t testing.TB, err error) {
	t.Helper()
	if os.Getenv(requireVariable) != "" {
		t.Fatal(err)
	}
	t.Skipf("%s is not set: with 1 the tests start clickhouse-server; %s names another server", requireVariable, serverVariable)
}

// long skips a test that takes a minute with -short.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: it takes a minute")
	}
}

// servers starts servers that form a cluster.
func servers(t testing.TB, count int) []*servertest.Server {
	t.Helper()
	needsProgram(t)
	var dirs []string
	for range count {
		dirs = append(dirs, t.TempDir())
	}
	all, err := servertest.New(dirs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		t.Cleanup(func() { _ = s.Stop() })
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// addressOf is the archive of a folder on some hosts.
func addressOf(dir string, hosts ...string) Address {
	sum := sha256.Sum256([]byte(dir))
	return Address{Hosts: hosts, Database: "test_" + hex.EncodeToString(sum[:8])}
}

// testOptions are those of tests.
func testOptions() Options { return Options{Create: true, KeepParts: time.Second} }

// openAt opens an archive; the test drops it.
func openAt(t testing.TB, a Address) *Store {
	t.Helper()
	s, err := Open(t.Context(), a, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { drop(t, a) })
	return s
}

func drop(t testing.TB, a Address) {
	t.Helper()
	c := newClient(a, Options{})
	for _, host := range a.Hosts {
		if err := c.exec(context.Background(), request{host: host, database: "default", sql: "DROP DATABASE IF EXISTS " + a.Database}); err != nil {
			t.Log(err)
		}
	}
}

// openIn opens the archive of a folder.
func openIn(t testing.TB, dir string) archive.Store {
	t.Helper()
	needsServer(t)
	return openAt(t, addressOf(dir, shared.host))
}

func TestStore(t *testing.T) {
	needsServer(t)
	t.Parallel()
	storetest.Run(t, openIn, 3)
}

// The same on two servers as the shards of a cluster.
func TestCluster(t *testing.T) {
	long(t)
	t.Parallel()
	all := servers(t, 2)
	storetest.Run(t, func(t testing.TB, dir string) archive.Store {
		t.Helper()
		a := addressOf(dir, all[0].HTTP, all[1].HTTP)
		a.Cluster = servertest.Cluster
		return openAt(t, a)
	}, 1)
}

func TestRealWords(t *testing.T) {
	needsServer(t)
	t.Parallel()
	storetest.RealWords(t, openIn)
}
