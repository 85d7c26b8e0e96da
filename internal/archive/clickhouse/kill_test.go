package clickhouse

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/fault"
)

// killedHost names the variable with the server that the killed process writes to.
const killedHost = "ROAMCTL_TEST_KILLED_HOST"

// importAll imports the test's batches into the archive of a folder.
func importAll(ctx context.Context, a Address) (err error) {
	s, err := Open(ctx, a, testOptions())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return storetest.ImportAll(ctx, s, someBatches())
}

// someBatches are fewer than the storetest has: each takes a server some requests.
func someBatches() []archive.Batch { return storetest.Batches()[:12] }

// importUntilKilled is what the process does that TestKilledWriter kills.
func importUntilKilled(dir string) error {
	for {
		if err := importAll(context.Background(), addressOf(dir, os.Getenv(killedHost))); err != nil {
			return err
		}
	}
}

// A writer that is killed at any moment leaves an archive that, once the work is
// done, equals an undisturbed one.
func TestKilledWriter(t *testing.T) {
	long(t)
	needsServer(t)
	t.Parallel()
	dir := t.TempDir()
	disturbed := addressOf(dir, shared.host)
	t.Cleanup(func() { drop(t, disturbed) })
	for range childtest.Kills(2, 100) {
		cmd := childtest.Command(t, dir)
		cmd.Env = append(cmd.Env, killedHost+"="+shared.host)
		childtest.KilledAfter(t, cmd, 0, time.Duration(300+rand.IntN(2500))*time.Millisecond)
	}
	equalsUndisturbed(t, disturbed, addressOf(t.TempDir(), shared.host))
}

// equalsUndisturbed finishes the import of an archive and compares it with one that
// is imported into another address.
func equalsUndisturbed(t *testing.T, disturbed, undisturbed Address) {
	t.Helper()
	dump := func(a Address) []string {
		if err := importAll(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		return storetest.Dump(t, openAt(t, a))
	}
	if diff := cmp.Diff(dump(undisturbed), dump(disturbed)); diff != "" {
		t.Errorf("(-want +got):\n%.3000s", diff)
	}
}

// A server that is killed and starts again costs nothing but time; one that stays
// away is an error that says so, and the same import then goes on.
func TestRestartedServer(t *testing.T) {
	long(t)
	t.Parallel()
	server := servers(t, 1)[0]
	a := addressOf(t.TempDir(), server.HTTP)
	failed := make(chan error, 1)
	go func() { failed <- importAll(t.Context(), a) }()
	for range 2 {
		wait(t, time.Second)
		if err := errors.Join(server.Kill(), server.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	// A request that is cut off is sent again, unless the server was away too long.
	if err := <-failed; err != nil && fault.KindOf(err) != fault.Network {
		t.Fatal(err)
	}
	equalsUndisturbed(t, a, addressOf(t.TempDir(), server.HTTP))
}

func wait(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// While one shard is away nothing is written or read, and nothing is lost.
func TestStoppedShard(t *testing.T) {
	long(t)
	t.Parallel()
	all := servers(t, 2)
	cluster := func() Address {
		a := addressOf(t.TempDir(), all[0].HTTP, all[1].HTTP)
		a.Cluster = "shards"
		return a
	}
	a := cluster()
	batches := storetest.Batches()
	s := openAt(t, a)
	for _, b := range batches[:5] {
		if _, err := s.Import(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	for _, shard := range all {
		if n := rowsIn(t, a, shard.HTTP); n < 100 {
			t.Errorf("%d rows in the shard %s", n, shard.HTTP)
		}
	}
	if err := all[1].Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Import(t.Context(), batches[5]); fault.KindOf(err) != fault.Network {
		t.Errorf("import without a shard: %v", err)
	}
	if _, err := s.Stats(t.Context()); fault.KindOf(err) != fault.Network {
		t.Errorf("counting without a shard: %v", err)
	}
	if err := all[1].Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Import(t.Context(), batches[5]); err != nil {
		t.Fatal(err)
	}
	equalsUndisturbed(t, a, cluster())
}

func rowsIn(t *testing.T, a Address, host string) int {
	t.Helper()
	for r, err := range listAt[struct{ N int }](t.Context(), newClient(a, Options{}), request{host: host, sql: "SELECT count() AS n FROM messages_local"}) {
		if err != nil {
			t.Fatal(err)
		}
		return r.N
	}
	return 0
}
