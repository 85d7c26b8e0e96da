package messages_test

import (
	"os"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

// Flags that contradict each other are refused before any request, with the
// flag that is at fault.
func TestContradictionsAreRefused(t *testing.T) {
	h := cmdtest.New(t)
	for args, want := range map[string]string{
		"fetch":                                                         "--user is required: a user ID",
		"fetch -u alice --type room":                                    "chat rooms are on no list: name one with --conversation",
		"fetch -u alice --conversation=":                                "--conversation is empty",
		"fetch -u alice -c bob -c carol":                                "it is given twice and takes one value",
		"fetch -u alice -c bob --from bob":                              "--from works in groups only, not in a chat",
		"fetch -u alice --from bob":                                     "--from works in groups only, not in all kinds of conversations",
		"fetch -u alice --start 7":                                      "--start continues one conversation of one user, not several",
		"fetch -u alice,bob -c carol --start 7":                         "--start continues one conversation of one user, not several",
		"fetch -u alice -c bob --start x":                               `--start: "x" is not a message ID`,
		"fetch -u alice -c bob --limit 0":                               "--limit is 0: it must be at least 1",
		"fetch -u alice -c bob --page-size 51":                          `page_size cannot be "51": it is not between 1 and 50 (flag --page-size)`,
		"fetch -u alice -c bob --columns x":                             `unknown column "x"`,
		"delete -u alice --id 7":                                        "--id and --ids-file need one conversation of one user",
		"delete -u alice,bob -c carol --id 7":                           "--id and --ids-file need one conversation of one user",
		"delete -u alice -c bob --id x":                                 `--id: "x" is not a message ID`,
		"delete -u alice -c bob --id 7,,8":                              "it must not have empty values",
		"delete -u alice -c bob --before x":                             `--before: "x" is not a time`,
		"delete -u alice -c bob --id 7 --before 1d":                     "--before and --id exclude each other",
		"export -u alice":                                               "--out is required: the folder to export to",
		"export -u alice --out o --type group":                          "--type needs --conversation",
		"export -u alice --out o --part-size 1":                         `--part-size is "1": it must be a size of at least 1 kB`,
		"export -u alice --out o --format xml":                          `--format is "xml": it must be ndjson, csv or parquet`,
		"export -u alice --out o --since 2026-11-20 --until 2026-11-19": "is before --since 2026-11-20T00:00:00.000",
		"fetch -u alice -c bob --since 2026-11-20 --until 2026-11-19":   "is before --since 2026-11-20T00:00:00.000",
	} {
		h.Run(append([]string{"messages"}, append(strings.Fields(args), "--sandbox")...)...).Want(t, 2, want)
	}
	if _, err := os.Stat("o"); err == nil {
		t.Error("a refused export made its folder")
	}
}

// The columns of messages are the same for one user and for several.
func TestColumnsForOneUserAndForSeveral(t *testing.T) {
	h := cmdtest.New(t)
	args := []string{"messages", "fetch", "-c", "carol", "--limit", "1", "--columns", "user,id", "--columns", "kind", "-o", "csv", "--sandbox", "-u"}
	one, several := h.OK(append(args, "alice")...), h.OK(append(args, "alice,alice")...)
	if !strings.HasPrefix(one, "user,id,kind\nalice,") || several != one {
		t.Errorf("one user:\n%s\nnamed twice:\n%s", one, several)
	}
	if got := h.OK(append(args, "alice,bob")...); !strings.HasPrefix(got, one) || !strings.Contains(got, "\nbob,") {
		t.Errorf("two users:\n%s", got)
	}
	if got := h.OK("messages", "fetch", "-u", "alice", "-c", "carol", "--limit", "1", "-o", "csv", "--sandbox"); strings.Contains(got, "user") {
		t.Errorf("a user column unasked:\n%s", got)
	}
}

// A batch size splits the requests of a deletion; without the flag it is the
// profile's.
func TestBatchSizeOfADeletion(t *testing.T) {
	h := cmdtest.New(t)
	ids := strings.Fields(h.OK("messages", "fetch", "-u", "alice", "-c", "bob", "--limit", "5", "-o", "ndjson", "--jq", ".id", "--sandbox"))
	args := []string{"messages", "delete", "-u", "alice", "-c", "bob", "--id", strings.Join(ids, ","), "--dry-run", "--sandbox", "-o", "json", "--jq", ".requests | length"}
	if got := h.OK(append(args, "--batch-size", "2")...); got != "3\n" {
		t.Errorf("%s requests for 5 IDs by 2", got)
	}
	h.Env["ROAMCTL_DELETE_BATCH_SIZE"] = "4"
	if got := h.OK(args...); got != "2\n" {
		t.Errorf("%s requests for 5 IDs by 4", got)
	}
}

// --before includes its moment, to the millisecond.
func TestBeforeIncludesTheGivenTime(t *testing.T) {
	h := cmdtest.New(t)
	fetch := func() []string {
		return strings.Fields(h.OK("messages", "fetch", "-u", "alice", "-c", "carol", "--all", "--direction", "down", "-o", "ndjson", "--jq", ".timestamp", "--sandbox"))
	}
	times := fetch()
	h.OK("messages", "delete", "-u", "alice", "-c", "carol", "--before", times[2], "--yes", "--sandbox")
	if left := fetch(); len(left) != len(times)-3 || left[0] != times[3] {
		t.Errorf("%d of %d messages are left, the first of %s, after a deletion up to %s", len(left), len(times), left[0], times[2])
	}
}
