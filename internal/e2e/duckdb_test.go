package e2e

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// duckDBModules is the folder that has node_modules with DuckDB.
func duckDBModules() string {
	if dir := os.Getenv("ROAMCTL_DUCKDB_MODULES"); dir != "" {
		return dir
	}
	return "duckdb"
}

// hasDuckDB reports whether scripts that need DuckDB run: where it is installed,
// or where ROAMCTL_REQUIRE_DUCKDB says that it must be.
func hasDuckDB() bool {
	_, err := os.Stat(filepath.Join(duckDBModules(), "node_modules", "@duckdb", "node-api"))
	return err == nil || os.Getenv("ROAMCTL_REQUIRE_DUCKDB") != ""
}

// duckDB implements "duckdb QUERY...", which prints the rows of the queries.
func duckDB(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: duckdb QUERY...")
	}
	program, err := filepath.Abs(filepath.Join("duckdb", "query.mjs"))
	ts.Check(err)
	modules, err := filepath.Abs(duckDBModules())
	ts.Check(err)
	ts.Check(ts.Exec("node", append([]string{program, modules}, args...)...))
}
