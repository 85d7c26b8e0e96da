package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// namesClickHouse reports whether a block of a guide needs ClickHouse servers.
func namesClickHouse(block string) bool { return strings.Contains(block, "clickhouse://") }

// TestClickHouseGuides runs the blocks of a guide that name ClickHouse servers, after
// its first block, which starts a sandbox. Two servers without TLS stand in for the
// guide's hosts, and each guide has databases of its own.
func TestClickHouseGuides(t *testing.T) {
	if !hasClickHouse() {
		t.Skip("ROAMCTL_REQUIRE_CLICKHOUSE is not set: it needs Debian's package clickhouse-server")
	}
	servers, err := servertest.New(t.TempDir(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range servers {
		t.Cleanup(func() { _ = s.Stop() })
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for guide, suffix := range map[string]string{"archive.md": "_en", "archive.zh-CN.md": "_zh"} {
		t.Run(guide, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "password.txt"), []byte(servertest.Password+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			script := ""
			for n, block := range fenced(t, filepath.Join("docs", "guides", guide), "sh") {
				if n == 0 || namesClickHouse(block) {
					script += block
				}
			}
			hosts := strings.NewReplacer("ch1:8443", servers[0].HTTP, "ch2:8443", servers[1].HTTP, "?secure=true", suffix)
			runScript(t, readmeEnvironment(t), dir, hosts.Replace(script))
		})
	}
}
