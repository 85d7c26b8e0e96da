package messages_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// A conversation that is named with a wrong type is not found, in every command
// that takes one; nothing is written or deleted.
func TestAWrongTypeIsNotFound(t *testing.T) {
	const group, hint = "250000000000101", "--type group"
	for name, c := range map[string]struct{ args, want string }{
		"conversations delete":            {"conversations delete -u alice " + group + " --delete-messages --yes", hint},
		"conversations delete, kept":      {"conversations delete -u alice " + group + " --keep-messages --yes", hint},
		"conversations delete, dry run":   {"conversations delete -u alice bob " + group + " --delete-messages --dry-run", hint},
		"conversations delete, no backup": {"conversations delete -u alice " + group + " --delete-messages --no-backup --yes", hint},
		"conversations delete, planned":   {"conversations delete -u alice " + group + " --delete-messages --plan DIR/plan.json", hint},
		"conversations delete, a chat":    {"conversations delete -u alice bob --type group --delete-messages --yes", "--type chat"},
		"by time":                         {"messages delete -u alice -c " + group + " --before 2100-01-01 --yes", hint},
		"by time, no backup":              {"messages delete -u alice -c " + group + " --before 2100-01-01 --no-backup --yes", hint},
		"by ID":                           {"messages delete -u alice -c " + group + " --id 7 --yes", hint},
		"by ID, forced":                   {"messages delete -u alice -c " + group + " --id 7 --force --yes", hint},
		"by time, planned":                {"messages delete -u alice -c " + group + " --before 2100-01-01 --plan DIR/plan.json", hint},
		"a room, by time":                 {"messages delete -u alice -c " + room + " --before 2100-01-01 --yes", "--type room"},
		"a chat as a room":                {"messages delete -u alice -c bob --type room --before 2100-01-01 --yes", "--type chat"},
		"export":                          {"messages export -u alice -c " + group + " --out DIR/out", hint},
		"export, a room":                  {"messages export -u alice -c " + room + " --out DIR/out", "--type room"},
		"fetch":                           {"messages fetch -u alice -c " + group, hint},
		"fetch, none of that time":        {"messages fetch -u alice -c " + group + " --since 2100-01-01", hint},
		"fetch, a room":                   {"messages fetch -u alice -c " + room, "--type room"},
		"inspect":                         {"users inspect alice -c " + group, hint},
		"clear, besides the list":         {"messages clear -u alice --also chat:" + room + " --yes", "--type room"},
		"fetch, of several":               {"messages fetch -u alice -u bob -c " + group, "the ID is on the list as a group"},
		"delete, of several":              {"messages delete -u alice -u bob -c " + group + " --before 2100-01-01 --yes", "the ID is on the list as a group"},
	} {
		t.Run(name, func(t *testing.T) {
			h := cmdtest.New(t)
			args := strings.Fields(strings.ReplaceAll(c.args, "DIR", t.TempDir()))
			h.Run(append(args, "--sandbox")...).Want(t, 5, c.want)
			if n := len(strings.Fields(history(h, group, "group"))); n != 6 {
				t.Errorf("the group has %d messages", n)
			}
		})
	}
}

// A conversation of the right type may be empty.
func TestEmptyConversationIsNotAWrongType(t *testing.T) {
	h := cmdtest.New(t)
	for _, args := range []string{
		"messages fetch -u alice -c nobody",
		"messages fetch -u alice -c bob --since 2100-01-01",
		"messages fetch -u alice -c 250000000000101 --type group --since 2100-01-01",
		"messages delete -u alice -c bob --before 2000-01-01 --yes",
		"messages export -u alice -c bob --since 2100-01-01 --out " + filepath.Join(t.TempDir(), "out"),
		"conversations delete -u alice nobody --delete-messages --yes",
		"users inspect alice -c bob --since 2100-01-01",
	} {
		h.Run(append(strings.Fields(args), "--sandbox")...).Want(t, 0)
	}
}
