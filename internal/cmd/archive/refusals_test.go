package archive_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// A text that quotes a record is not a history file; a history file with a line that
// can't be read is one, wherever the line is.
func TestImportTakesFilesOfRecords(t *testing.T) {
	h, _ := filled(t)
	record := strings.Replace(strings.SplitAfter(hour, "\n")[0], `"msg_id":"1"`, `"msg_id":"9"`, 1)
	text := h.Write("notes.md", strings.Repeat("A note.\n", 10)+record+strings.Repeat("\nA note.", 11)+"\n")
	h.Run("archive", "import", text).Want(t, 2, "no history file, no NDJSON export and no backup")
	h.Run("archive", "status", "-o", "json", "--jq", ".messages").Want(t, 0, "3\n")
	damaged := h.Write("damaged.ndjson", `{"msg_id":"8","time`+"\n"+record)
	h.Run("archive", "import", damaged).Want(t, 8, "damaged.ndjson: line 1: ")
	h.Run("archive", "status", "-o", "json", "--jq", ".messages").Want(t, 0, "4\n")
	h.Run("archive", "import", text, text).Want(t, 8, "2 of 2 files could not be imported")
}

// What is no archive, or is cut off, is damage for every command, and stays as it is.
func TestDamagedArchive(t *testing.T) {
	h, file := filled(t)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"junk": []byte(strings.Repeat("junk ", 4096)), "cut off": content[:len(content)/2],
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(h.Env["HOME"], strings.ReplaceAll(name, " ", "-")+".db")
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, command := range []string{"verify", "status"} {
				h.Run("archive", command, "--archive", path).Want(t, 10, "is damaged")
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, damaged) {
				t.Errorf("the file changed: %v", err)
			}
		})
	}
}

func TestClusterNeedsClickHouse(t *testing.T) {
	h := cmdtest.New(t)
	file := filepath.Join(h.Env["HOME"], "chats.db")
	h.Run("archive", "init", "--cluster", "shards", "--archive", file).Want(t, 2, "--cluster is for an archive on ClickHouse")
	if _, err := os.Stat(file); err == nil {
		t.Error("an archive was made")
	}
}

// A user that does not exist lacks nothing, so no gap stays.
func TestSyncOfAnUnknownUserLeavesNoGap(t *testing.T) {
	h := cmdtest.New(t)
	h.Run("archive", "sync", "--source", "roaming", "--user", "nosuch", "--sandbox").Want(t, 5, "nosuch")
	if out := h.OK("archive", "gaps", "--sandbox", "-o", "ndjson"); out != "" {
		t.Errorf("gaps: %s", out)
	}
}

// Hours that the service no longer has are one gap, as long as they are adjacent.
func TestExpiredHoursAreOneGap(t *testing.T) {
	h := cmdtest.New(t)
	h.Run("archive", "sync", "--source", "history-files", "--since", "6d", "--until", "5d", "--sandbox").Want(t, 8, "expired ones are lost")
	if n := strings.Count(h.OK("archive", "gaps", "--sandbox", "-o", "ndjson"), "\n"); n != 1 {
		t.Errorf("%d gaps, want 1:\n%s", n, h.OK("archive", "gaps", "--sandbox"))
	}
}

// A folder that is made is named, as --archive may have a typing error, but for the
// data folder and those in it.
func TestFolderThatIsMadeIsNamed(t *testing.T) {
	for place, named := range map[string]bool{".local/share/roamctl/archives/a.db": false, ".local/share/roamctl-old/a.db": true} {
		h := cmdtest.New(t)
		got := h.Run("archive", "init", "--archive", filepath.Join(h.Env["HOME"], place))
		got.Want(t, 0)
		if strings.Contains(got.Err, "created the folder") != named {
			t.Errorf("%s: %s", place, got.Err)
		}
	}
}
