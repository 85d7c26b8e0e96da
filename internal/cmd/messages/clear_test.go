package messages_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

const room = "250000000000201"

// offTheList is a home whose alice has a chat that is on no list, and a room.
func offTheList(t *testing.T) *cmdtest.Home {
	t.Helper()
	h := cmdtest.New(t)
	h.OK("conversations", "delete", "-u", "alice", "noor", "--keep-messages", "--yes", "--sandbox")
	if history(h, "noor", "chat") == "" || history(h, room, "room") == "" {
		t.Fatal("alice has nothing off her list")
	}
	return h
}

func history(h *cmdtest.Home, conversation, kind string) string {
	return h.OK("messages", "fetch", "-u", "alice", "-c", conversation, "--type", kind, "--all", "-o", "ndjson", "--jq", ".id", "--sandbox")
}

// A clear with a backup deletes only what is on the list. Prompt, help and report say
// so.
func TestClearReportsWhatItKeeps(t *testing.T) {
	const left = "chat rooms keep their messages unless they were named: add --also TYPE:ID"
	h := offTheList(t)
	h.Run("messages", "clear", "-u", "alice", "--dry-run", "--sandbox").Want(t, 0, "Not deleted: ", left)
	done := h.Run("messages", "clear", "-u", "alice", "--yes", "--sandbox")
	done.Want(t, 0, "184 messages in 7 conversations on the list of alice; none of them is visible any more", left)
	if history(h, "noor", "chat") == "" || history(h, room, "room") == "" {
		t.Error("a conversation that is not on the list was deleted")
	}
	id := strings.TrimSpace(h.OK("runs", "list", "-o", "ndjson", "--jq", `select(.command == "messages clear").id`))
	h.Run("runs", "show", id).Want(t, 0, left)
	h.Run("runs", "show", id, "-o", "json", "--jq", ".coverage").Want(t, 0, "listed")
	h.Run("audit", "list", "-o", "ndjson", "--jq", `select(.outcome == "done" and .command == "messages clear") | "\(.coverage) \(.counts.conversations)"`).Want(t, 0, "listed 7")
	h.Run("messages", "clear", "-u", "alice", "--yes", "--sandbox").Want(t, 0, "alice's conversation list", left)
	h.Run("messages", "clear", "-u", "alice", "--yes", "--sandbox", "-o", "json", "--jq", ".coverage").Want(t, 0, "listed")

	many := h.Run("messages", "clear", "-u", "bob", "-u", "carol", "--yes", "--sandbox", "-o", "ndjson", "--jq", `.user + " " + .coverage`)
	many.Want(t, 0, "bob listed", "carol listed", left)
	id = strings.TrimSpace(h.OK("runs", "list", "-o", "json", "--jq", ".items[0].id"))
	h.Run("runs", "show", id).Want(t, 0, left)
	h.Run("runs", "show", id+"-000001").Want(t, 0, left)
}

func TestClearDeletesConversationsOfAlso(t *testing.T) {
	h := offTheList(t)
	bobs := history(h, "bob", "chat")
	// Bob is on the list and named: he is deleted once.
	args := []string{"messages", "clear", "-u", "alice", "--also", "chat:noor", "--also", "room:" + room, "--also", "chat:bob", "--also", "chat:bob"}
	got := h.OK(append(args, "--yes", "--sandbox", "-o", "json", "--jq", `"\(.requested) \(.accepted) \(.conversations) \(.coverage) \(.verification.deleted)"`)...)
	if want := "248 248 9 listed 248\n"; got != want {
		t.Errorf("it says %s, want %s", got, want)
	}
	for conversation, kind := range map[string]string{"noor": "chat", room: "room", "bob": "chat"} {
		if left := history(h, conversation, kind); left != "" {
			t.Errorf("of %s there is\n%s", conversation, left)
		}
	}
	id := strings.TrimSpace(h.OK("runs", "list", "-o", "ndjson", "--jq", `select(.command == "messages clear").id`))
	if n := strings.TrimSpace(h.OK("runs", "show", id, "-o", "json", "--jq", ".backup.messages")); n != "248" || bobs == "" {
		t.Errorf("the backup has %s messages", n)
	}
}

func TestAlsoRefusesInvalidValues(t *testing.T) {
	h := cmdtest.New(t)
	for args, want := range map[string]string{
		"-u alice --also noor":                  "no type before its ID",
		"-u alice --also pal:noor":              "no type before its ID",
		"-u alice --also chat:":                 "--also is required",
		"-u alice --also chat:Noor":             "capital letters",
		"-u alice -u bob --also chat:noor":      "one by one",
		"-u alice --no-backup --also chat:noor": "leave --also out",
	} {
		h.Run(append([]string{"messages", "clear", "--yes", "--sandbox"}, strings.Fields(args)...)...).Want(t, 2, want)
	}
}

// Applying the plan of a clear keeps and reports the same as the clear.
func TestPlanOfAClearReportsWhatItKeeps(t *testing.T) {
	h := offTheList(t)
	file := filepath.Join(t.TempDir(), "clear.json")
	h.OK("messages", "clear", "-u", "alice", "--plan", file, "--sandbox")
	h.Run("apply", file, "--yes", "--sandbox").Want(t, 0, "on the list of alice or named", "chat rooms keep their messages")
	h.OK("messages", "clear", "-u", "bob", "-u", "carol", "--plan", file+"2", "--sandbox")
	h.Run("apply", file+"2", "--yes", "--sandbox").Want(t, 0, "chat rooms keep their messages")
}

// --no-backup sends one request and reads nothing.
func TestClearWithoutABackupDeletesEverything(t *testing.T) {
	h := offTheList(t)
	got := h.Run("messages", "clear", "-u", "alice", "--no-backup", "--yes", "--sandbox")
	got.Want(t, 0, "deleted everything of alice")
	if strings.Contains(got.Err, "keep their messages") || strings.Contains(got.Err, "visible") {
		t.Errorf("it says %s", got.Err)
	}
	if history(h, "noor", "chat") != "" || history(h, room, "room") != "" {
		t.Error("something is left")
	}
	if got := h.OK("messages", "delete", "-u", "bob", "--before", "1d", "--yes", "--sandbox", "-o", "json", "--jq", ".coverage"); got != "listed\n" {
		t.Errorf("the coverage is %s", got)
	}
}

// The IDs of several conversations can't be given to messages delete, so a clear
// that stops names only the way to resume it.
func TestClearThatStopsIsResumed(t *testing.T) {
	h := cmdtest.New(t)
	got := h.Run("messages", "clear", "-u", "alice", "--max-calls", "14", "--yes", "--sandbox")
	got.Want(t, 8, "messages not deleted\n", "to resume: roamctl runs resume ")
	if got.Out != "" || strings.Contains(got.Err, "ids-file") {
		t.Errorf("it prints\n%s%s", got.Out, got.Err)
	}
}
