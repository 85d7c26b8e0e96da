package sandbox

import (
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/sandbox"
	"github.com/roamctl/roamctl/internal/sandbox/coverage"
)

func newCoverage(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "coverage",
		Short: "List what the sandbox emulates and refuses",
		Long: `List the service's routes and what devices do, each emulated, refused or unknown:

  emulated  the sandbox does what is known of the service
  refused   the service has it, the sandbox does not
  unknown   it is not known what the service does, and the sandbox refuses it

A refused request gets 404 with the error not_emulated, and is in the log of sandbox
start and in sandbox watch. The sections are those of docs/contract.md.`,
		Example: `  roamctl sandbox coverage
  roamctl sandbox coverage -o ndjson --jq 'select(.state != "emulated") | .what'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return listCoverage(a) },
	}
	flags.Columns(cmd, coverageView())
	return cmd
}

func listCoverage(a *app.App) error {
	list, err := app.NewList(a, coverageView())
	if err != nil {
		return err
	}
	return list.Finish(sandbox.Coverage()...)
}

func coverageView() render.View[coverage.Row] {
	columns := render.Fields[coverage.Row]("part,hidden", "what", "state", "token,drop=2", "section,drop=1", "note,flex")
	section := &columns[4]
	exact := section.Cell
	section.Cell = func(r coverage.Row, env render.Env) string {
		if r.Section == 0 {
			return ""
		}
		return exact(r, env)
	}
	return render.View[coverage.Row]{Columns: columns}
}

// CoverageDoc returns docs/sandbox-coverage.md.
func CoverageDoc() string {
	return `# What the sandbox covers

The table of ` + "`roamctl sandbox coverage`" + `, which ` + "`go run ./cmd/gen-docs`" + ` writes here. *Emulated*:
the sandbox does what is known of the service. *Refused*: the service has it, the
sandbox does not. *Unknown*: it is not known what the service does, and the sandbox
refuses it. Routes are below ` + "`/{org}/{app}`" + `, sections are those of
[docs/contract.md](contract.md).

` + coverage.Markdown(sandbox.Coverage())
}
