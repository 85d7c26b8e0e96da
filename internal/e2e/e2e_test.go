// Package e2e runs the program as its users do: scripts of commands in
// testdata/script, against the sandbox inside the process and against a
// started one.
package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/roamctl/roamctl/internal/cli"
	"github.com/roamctl/roamctl/internal/iostreams"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"roamctl": func() {
			os.Exit(cli.Run(context.Background(), os.Args[1:], os.Getenv, iostreams.System(os.Getenv), "1.2.3-test"))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Setup:               setup,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Condition: func(name string) (bool, error) {
			switch name {
			case "race":
				return raceDetector, nil
			case "clickhouse":
				return hasClickHouse(), nil
			case "duckdb":
				return hasDuckDB(), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      exits,
			"source":     source,
			"lines":      lines,
			"awaits":     awaits,
			"formats":    formats,
			"clickhouse": startClickHouse,
			"duckdb":     duckDB,
		},
	})
}

// setup gives each script an empty home of its own.
func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	env.Setenv("HOME", home)
	env.Setenv("ROAMCTL_KEYRING", "off")
	env.Setenv("ROAMCTL_TZ", "UTC")
	return os.Mkdir(home, 0o700)
}
