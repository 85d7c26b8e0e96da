package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/iostreams"
)

// One kind of mistake has one exit code in every command.
func TestOneExitCodeForOneKindOfMistake(t *testing.T) {
	home := t.TempDir()
	empty := filepath.Join(home, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const login = "auth login --host h --app-key o#a --client-id c "
	for mistake, c := range map[string]struct {
		code int
		args []string
	}{
		"a missing file": {5, []string{
			"messages delete -u alice -c bob --yes --ids-file none", "messages fetch --users-file none", "conversations list --users-file none --users-column id",
			"messages clear --yes --users-file none", "apply none --yes", "plan show none", "plan verify none", "audit verify none", "sandbox import none",
			"messages export verify none", "config set client_secret --value-file none", login + "--client-secret-file none", login + "--app-token-file none",
		}},
		"a directory in place of a file": {2, []string{
			"messages delete -u alice -c bob --yes --ids-file DIR", "messages fetch --users-file DIR", "conversations list --users-file DIR --users-column id",
			"messages clear --yes --users-file DIR", "apply DIR --yes", "plan show DIR", "plan verify DIR", "audit verify DIR", "sandbox import DIR",
			"config set client_secret --value-file DIR", login + "--client-secret-file DIR", login + "--app-token-file DIR",
		}},
		"a file without items": {2, []string{
			"messages delete -u alice -c bob --yes --ids-file EMPTY", "messages fetch --users-file EMPTY", "sandbox import EMPTY", "config set client_secret --value-file EMPTY",
		}},
		"standard input without items": {2, []string{
			"messages delete -u alice -c bob --yes --ids-file -", "messages fetch --users-file -", "sandbox import -", "config set client_secret --value-file -",
		}},
		"a changed plan or backup": {10, []string{"apply EMPTY --yes", "plan show EMPTY", "plan verify EMPTY", "backup show EMPTY", "backup verify EMPTY", "restore EMPTY"}},
		"an unknown run, backup or profile": {5, []string{
			"runs show x", "runs resume x --yes", "restore x", "backup show x", "backup verify x", "backup pack x", "messages fetch --retry-failed x",
			"conversations delete bob --keep-messages --yes --retry-failed x", "profile use x", "profile show x", "profile remove x --yes", "profile rename x y",
			"runs list --profile x", "auth status --profile x",
		}},
		"an unknown user": {5, []string{
			"messages fetch -u nobody -c bob", "messages export -u nobody --out OUT", "conversations list -u nobody", "users inspect nobody",
			"messages delete -u nobody -c bob --before 1d --yes", "messages clear -u nobody --yes", "conversations delete -u nobody bob --keep-messages --yes",
		}},
		"an impossible ID": {2, []string{
			"messages fetch -u Alice", "messages export -u alice,Bob --out OUT", "conversations list -u alice -u ..", "users inspect Alice", "auth token -u Alice",
			"messages fetch -u alice -c Bob", "messages clear -u alice --also chat:Bob --yes", "conversations delete -u alice Bob --keep-messages --yes",
			"messages delete -u alice -c bob --id x --yes", "messages fetch -u alice -c bob --start x", "sandbox send hi --from Alice --to bob",
		}},
		"a missing or empty argument": {2, []string{
			"runs show", "runs show ''", "runs resume", "runs resume ''", "restore", "restore ''", "backup show ''", "backup verify", "backup pack ''", "apply", "apply ''",
			"plan show ''", "plan verify", "audit verify ''", "messages export verify", "messages export verify ''", "users inspect", "users inspect ''",
			"conversations delete -u alice --keep-messages", "conversations delete -u alice --keep-messages ''", "sandbox import", "sandbox send", "profile use ''", "config get ''",
		}},
		"a missing flag": {2, []string{
			"messages fetch", "messages clear", "messages export -u alice", "messages delete -u alice -c bob", "conversations delete -u alice bob", "backup prune", "sandbox send hi",
		}},
		"a bad flag value": {2, []string{
			"messages fetch -u alice --limit x", "audit list --limit -5", "runs list --limit -5", "audit list --since x", "runs list --since x", "messages fetch -u alice --until x",
			"backup prune --older-than x", "audit list --outcome x", "runs list --state x", "messages fetch -u alice --kind x", "conversations list -u alice --type room",
			"conversations list -u alice -o x", "config list --tz x", "config list --color x", "config list --quota-share x", "config list --timeout x", "config list --retries x",
			"audit list --columns x", "runs list --columns x", "messages fetch -u alice --columns x", "sandbox start --listen x", "sandbox start --fault x",
			"messages clear -u alice --verify x", "conversations list -u alice --page-size 0", "messages delete -u alice -c bob --id 1 --batch-size 99",
		}},
		"no confirmation": {10, []string{
			"messages clear -u alice", "messages delete -u alice -c bob --before 1d", "conversations delete -u alice bob --keep-messages", "sandbox reset",
		}},
	} {
		for _, line := range c.args {
			args := strings.Fields(strings.NewReplacer("EMPTY", empty, "DIR", home, "OUT", filepath.Join(t.TempDir(), "out")).Replace(line))
			for i, arg := range args {
				args[i] = strings.Trim(arg, "'")
			}
			if !strings.HasPrefix(line, "auth") && !strings.Contains(line, "--profile") {
				args = append(args, "--sandbox")
			}
			streams, _, _, errOut := iostreams.Test()
			if code := Run(t.Context(), args, func(name string) string { return map[string]string{"HOME": home}[name] }, streams, ""); code != c.code {
				t.Errorf("%s, %s: exit code %d, want %d\n%s", mistake, line, code, c.code, errOut)
			}
		}
	}
}
