package archive_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/cmd/cmdtest"
)

const hour = `{"msg_id":"1","timestamp":1763596800919,"direction":"outgoing","to":"bob","from":"alice","chat_type":"chat","payload":{"bodies":[{"type":"txt","msg":"the parcel is here"}],"ext":{},"from":"alice","to":"bob"}}
{"msg_id":"2","timestamp":1763596800920,"direction":"outgoing","to":"alice","from":"bob","chat_type":"chat","payload":{"bodies":[{"type":"txt","msg":"open the parcel"}],"ext":{},"from":"bob","to":"alice"}}
{"msg_id":"3","timestamp":1763596800921,"direction":"outgoing","to":"alice","from":"bob","chat_type":"chat","payload":{"bodies":[{"type":"txt","msg":"good night"}],"ext":{},"from":"bob","to":"alice"}}
`

// filled is a home with an archive of three messages, two of which say "parcel".
func filled(t *testing.T) (h *cmdtest.Home, file string) {
	t.Helper()
	h = cmdtest.New(t)
	file = filepath.Join(h.Env["HOME"], "chats.db")
	h.Env["ROAMCTL_ARCHIVE"] = file
	h.OK("archive", "init")
	h.OK("archive", "import", h.Write("hour.ndjson", hour))
	return h, file
}

func found(h *cmdtest.Home, query string) string {
	return strings.Join(strings.Fields(h.OK("search", query, "--oldest", "-o", "ndjson", "--jq", ".id")), " ")
}

func TestEraseRefusesUnclearChoices(t *testing.T) {
	h, _ := filled(t)
	for name, args := range map[string][]string{
		"nothing chosen":    {},
		"query and user":    {"parcel", "--user", "bob"},
		"query and message": {"parcel", "--message", "1"},
		"user and message":  {"--user", "bob", "--message", "1"},
		"two users":         {"--user", "bob,alice"},
		"a malformed query": {"from:"},
	} {
		t.Run(name, func(t *testing.T) {
			h.Run(append([]string{"archive", "erase", "--yes"}, args...)...).Want(t, map[bool]int{true: 0, false: 2}[name == "nothing chosen"])
			h.Run(append([]string{"archive", "erase"}, args...)...).Want(t, 2)
		})
	}
	if got := found(h, "parcel OR night"); got != "1 2 3" {
		t.Errorf("left: %s", got)
	}
}

// One message that is not there means that none is erased.
func TestEraseOfAnAbsentMessageErasesNothing(t *testing.T) {
	h, _ := filled(t)
	h.Run("archive", "erase", "--message", "1,77", "--yes").Want(t, 5, "message 77 is not in the archive")
	if got := found(h, "parcel"); got != "1 2" {
		t.Errorf("left: %s", got)
	}
}

func TestEraseByEachChoice(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		left string
	}{
		"a query":  {[]string{"parcel"}, "3"},
		"a user":   {[]string{"--user", "bob"}, "1"},
		"messages": {[]string{"--message", "1,3"}, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := filled(t)
			args := append([]string{"archive", "erase"}, tt.args...)
			h.Run(args...).Want(t, 0, "2 messages would be erased", "nothing was erased")
			if got := found(h, "parcel OR night"); got != "1 2 3" {
				t.Errorf("after the preview: %s", got)
			}
			h.Run(append(args, "--yes")...).Want(t, 0, "erased 2 messages")
			if got := found(h, "parcel OR night"); got != tt.left {
				t.Errorf("left: %s, want %s", got, tt.left)
			}
		})
	}
}

// A protected profile takes no --yes alone: somebody has to type the word.
func TestEraseInAProtectedProfile(t *testing.T) {
	h, _ := filled(t)
	h.Env["ROAMCTL_PROTECTED"] = "on"
	h.Run("archive", "erase", "parcel", "--yes").Want(t, 10, "has to be confirmed on a terminal")
	h.Type("no\n", "archive", "erase", "parcel", "--yes").Want(t, 10)
	if got := found(h, "parcel"); got != "1 2" {
		t.Errorf("left: %s", got)
	}
	h.Type("erase\n", "archive", "erase", "parcel", "--yes").Want(t, 0, "This erases 2 messages")
	if got := found(h, "parcel"); got != "" {
		t.Errorf("left: %s", got)
	}
}

// While a reader holds the file, its bytes stay: exit 8, also in the audit log. The
// next erasure finishes.
func TestEraseBesideAReaderIsPartial(t *testing.T) {
	h, file := filled(t)
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRowContext(t.Context(), "SELECT count(*) FROM messages").Scan(&n); err != nil || n != 3 {
		t.Fatal(n, err)
	}
	h.Run("archive", "erase", "parcel", "--yes").Want(t, 8)
	if out := h.OK("audit", "list", "-o", "ndjson", "--jq", ".outcome"); !strings.Contains(out, "part") {
		t.Errorf("audit: %s", out)
	}
	if out := h.OK("archive", "status", "-o", "json", "--jq", ".erase_pending"); out != "true\n" {
		t.Errorf("pending: %s", out)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	h.Run("archive", "erase", "--yes").Want(t, 0)
	if out := h.OK("archive", "status", "-o", "json", "--jq", ".erase_pending"); out != "false\n" {
		t.Errorf("pending: %s", out)
	}
}
