// Command roamctl administers the conversations and messages that the Easemob
// / EasyIM chat service keeps on its servers.
package main

import (
	"context"
	"os"

	"github.com/roamctl/roamctl/internal/cli"
	"github.com/roamctl/roamctl/internal/iostreams"
)

// version is set when a release is built; a plain build finds its own.
var version string

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Getenv, iostreams.System(os.Getenv), version))
}
