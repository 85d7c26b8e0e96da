package attachments_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// A dry run requests nothing and makes no folder, and says what a fetch would request:
// only what an earlier one did not save.
func TestDryRunListsWhatIsMissing(t *testing.T) {
	h := cmdtest.New(t)
	out := filepath.Join(h.Env["HOME"], "out")
	fetch := func(args ...string) cmdtest.Result {
		return h.Run(append(strings.Fields("attachments fetch -u alice -c carol --sandbox --out "+out), args...)...)
	}
	fetch("--dry-run").Want(t, 0, "dry run: 7 attachments would be requested", "the next to expire is", "pending")
	if _, err := os.Stat(out); err == nil {
		t.Error("a dry run made the folder")
	}
	fetch("--kind", "img").Want(t, 0, "1 of 1 attachment saved")
	got := fetch("--dry-run", "-o", "csv", "--columns", "kind,state")
	got.Want(t, 0, "dry run: 6 attachments would be requested", "img,saved", "video,pending")
	// Nothing expires that is saved already.
	if got := fetch("--kind", "img"); strings.Contains(got.Err, "next to expire") {
		t.Error(got.Err)
	}
}

// Without a matching attachment, the folder of another user is refused all the same.
func TestNothingToFetch(t *testing.T) {
	h := cmdtest.New(t)
	out := filepath.Join(h.Env["HOME"], "out")
	h.OK(strings.Fields("attachments fetch -u alice -c carol --kind img -q --sandbox --out " + out)...)
	none := func(user, place string) cmdtest.Result {
		return h.Run(strings.Fields("attachments fetch -u " + user + " --since 2100-01-01 --sandbox " + place)...)
	}
	none("alice", "--dry-run").Want(t, 0, "alice has no matching attachments in")
	none("alice", "--out "+out).Want(t, 0, "alice has no matching attachments in")
	none("bob", "--out "+out).Want(t, 10, "has attachments of user alice")
	none("bob", "--dry-run").Want(t, 0, "bob has no matching attachments in")
}
