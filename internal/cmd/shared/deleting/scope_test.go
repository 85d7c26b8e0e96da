package deleting_test

import (
	"strings"
	"testing"
)

// Each of the three lists, and what removes backups, keeps to the application
// that the command line names.
func TestLocalListsAreFilteredByApp(t *testing.T) {
	h, _ := hosted(t)
	bob := []string{"messages", "delete", "-u", "alice", "-c", "bob", "--before", bobsBefore, "--yes"}
	h.OK(bob...)
	h.OK(append(bob, "--sandbox")...)
	h.OK("config", "set", "app_key", "other#app", "--profile", "test")
	h.OK("profile", "rename", "prod", "live")
	h.OK("config", "set", "tz", "UTC", "--profile", "bare")
	lists := map[string]string{
		"audit list": `select(.command == "messages delete").profile`, "runs list": ".profile", "backup list": ".host // .app_key",
	}
	for list, what := range lists {
		count := func(flags ...string) int {
			t.Helper()
			args := append(strings.Fields(list), "-o", "ndjson", "--jq", what)
			return strings.Count(h.OK(append(args, flags...)...), "\n")
		}
		if all := count(); all != 2 {
			t.Errorf("%s: %d in all", list, all)
		}
		key := strings.TrimSpace(h.OK("config", "get", "app_key"))
		for flags, want := range map[string]int{
			"--profile live": 1, "--sandbox": 1, "--profile test": 0, "--profile bare": 0, "--app-key " + key: 1, "--app-key other#app": 0,
		} {
			if got := count(strings.Fields(flags)...); got != want {
				t.Errorf("%s %s: %d, want %d", list, flags, got, want)
			}
		}
		h.Run(append(strings.Fields(list), "--profile", "livv")...).Want(t, 5, "did you mean live?")
	}
	if got := h.OK("backup", "prune", "--older-than", "now", "--yes", "--profile", "test"); got != h.OK("backup", "list", "--profile", "test") {
		t.Errorf("backups of another application were removed:\n%s", got)
	}
	h.OK("backup", "prune", "--older-than", "now", "--yes", "--profile", "live")
	if left := h.OK("backup", "list", "-o", "ndjson", "--sandbox"); strings.Count(left, "\n") != 1 {
		t.Errorf("what is left: %s", left)
	}
	if left := h.OK("backup", "list", "-o", "ndjson", "--profile", "live"); left != "" {
		t.Errorf("what is left of live: %s", left)
	}
}
