package e2e

import (
	"context"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/roamctl/roamctl/internal/archive/clickhouse/servertest"
)

// hasClickHouse reports whether scripts that need ClickHouse servers run.
func hasClickHouse() bool { return os.Getenv("ROAMCTL_REQUIRE_CLICKHOUSE") != "" }

// startClickHouse implements "clickhouse N", which starts N servers as the shards
// of a cluster and sets CLICKHOUSE1 and so on to their HOST:PORT.
func startClickHouse(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || len(args[0]) != 1 {
		ts.Fatalf("usage: clickhouse N")
	}
	var dirs []string
	for n := range int(args[0][0] - '0') {
		dir := ts.MkAbs(filepath.Join("clickhouse", string(rune('1'+n))))
		ts.Check(os.MkdirAll(dir, 0o700))
		dirs = append(dirs, dir)
	}
	all, err := servertest.New(dirs...)
	ts.Check(err)
	for n, s := range all {
		ts.Defer(func() { _ = s.Stop() })
		ts.Check(s.Start(context.Background()))
		ts.Setenv("CLICKHOUSE"+string(rune('1'+n)), s.HTTP)
	}
}
