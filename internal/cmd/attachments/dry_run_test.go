package attachments_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// A dry run refuses a folder that the fetch itself refuses.
func TestDryRunRefusesTheFolderOfAnotherApp(t *testing.T) {
	h := cmdtest.New(t)
	out := filepath.Join(h.Env["HOME"], "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	h.Write("out/manifest.ndjson", `{"attachments":{"format":1,"app_key":"another#app","user":"alice"}}`+"\n")
	fetch := []string{"attachments", "fetch", "-u", "alice", "-c", "carol", "--kind", "img", "--out", out, "--sandbox"}
	h.Run(fetch...).Want(t, 10, "of another#app")
	h.Run(append(fetch, "--dry-run")...).Want(t, 10, "of another#app")
}
