// Command gen-docs writes what is made from the command tree: docs/reference
// (Markdown), docs/man and completions. Run it from the root of the repository.
package main

import (
	"fmt"
	"os"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cli"
	"github.com/roamctl/roamctl/internal/iostreams"
)

func main() {
	// No environment: nothing of this machine belongs in the documents.
	none := func(string) string { return "" }
	root := cli.NewRoot(app.New(iostreams.System(none), none, ""))
	if err := generate(root, "."); err != nil {
		fmt.Fprintln(os.Stderr, "gen-docs:", err)
		os.Exit(1)
	}
}
