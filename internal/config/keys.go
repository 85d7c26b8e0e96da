package config

import (
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// Environment variables that are not settings of a profile.
const (
	EnvConfig  = "ROAMCTL_CONFIG"  // the path of the configuration file, like --config
	EnvProfile = "ROAMCTL_PROFILE" // the profile to use, like --profile
)

// Key describes one setting.
type Key struct {
	Name        string // as in the file, in lower_snake
	Default     string // "" for none
	Description string // what it does, with its unit
	Flag        string // the flag that overrides it for one command, without dashes; "" for none
	Secret      bool   // kept in the keyring where there is one, and never shown
	Guard       bool   // the environment can't turn it off when the profile has it on

	rule
}

// Env returns the name of the environment variable that sets the key.
func (k Key) Env() string { return "ROAMCTL_" + strings.ToUpper(k.Name) }

// Check returns a value in its normal form, or why the key does not accept it.
// The error never contains the value.
func (k Key) Check(value string) (string, error) { return k.check(strings.TrimSpace(value)) }

// Keys returns all settings of a profile, in the order of config list.
func Keys() []Key {
	return slices.Concat(connectionKeys(), optionKeys(), limitKeys(), placeKeys(), archiveKeys())
}

// connectionKeys say where the service is and which credentials to use.
func connectionKeys() []Key {
	return []Key{
		{Name: "host", Flag: "host", rule: hostRule(), Description: "REST host of the data centre, shown in the vendor's console; auto asks the vendor's discovery service once"},
		{Name: "app_key", Flag: "app-key", rule: appKeyRule(), Description: "App Key of the application"},
		{Name: "client_id", Flag: "client-id", rule: wordRule(), Description: "client ID of the application, for app tokens"},
		{
			Name: "client_secret", Flag: "client-secret-file", rule: wordRule(), Secret: true,
			Description: "client secret of the application; the flag takes a file's path, or - for stdin",
		},
		{Name: "app_token", rule: wordRule(), Secret: true, Description: "app token to use instead of client ID and secret"},
		{
			Name: "insecure_http", Default: "off", rule: onOff(),
			Description: "allow http:// to hosts other than this machine, which shows secrets to the network",
		},
	}
}

// optionKeys say how to print, how to send requests, and what to refuse.
func optionKeys() []Key {
	return []Key{
		{Name: "output", Flag: "output", Default: "table", rule: oneOf("table", "json", "ndjson", "yaml", "csv", "transcript"), Description: "output format"},
		{
			Name: "history_files_zone", Default: "auto", rule: oneOf("auto", "Beijing", "UTC"),
			Description: "time zone in which the host names hourly history files; auto knows the vendor's data centres",
		},
		{
			Name: "tz", Flag: "tz", Default: "local", rule: zoneRule(),
			Description: "time zone of times on a terminal and of typed times without an offset",
		},
		{Name: "color", Flag: "color", Default: "auto", rule: oneOf("auto", "always", "never"), Description: "colour on the terminal"},
		{Name: "pager", rule: textRule("a command"), Description: "pager for long output on a terminal; empty for PAGER, else less; cat for none"},
		{Name: "timeout", Flag: "timeout", Default: "30s", rule: timeoutRule(), Description: "time for each attempt of a request"},
		{Name: "retries", Flag: "retries", Default: "4", rule: between(0, 20), Description: "attempts after the first one of a request"},
		{Name: "page_size", Flag: "page-size", Default: "50", rule: between(1, 50), Description: "items per request of a listing"},
		{Name: "delete_batch_size", Flag: "batch-size", Default: "50", rule: between(1, 50), Description: "message IDs per deletion request"},
		{
			Name: "history_token", Default: "auto", rule: oneOf("auto", "app", "user"),
			Description: "whose token reads histories and the two older conversation lists; auto tries the one at hand, then the other, and remembers what the service accepts",
		},
		{Name: "require_reason", Default: "off", Guard: true, rule: onOff(), Description: "refuse to delete without --reason"},
		{
			Name: "protected", Default: "off", Guard: true, rule: onOff(),
			Description: "refuse --no-backup and --yes: every deletion is backed up and confirmed by hand",
		},
	}
}

// limitKeys keep requests within the service's rate limits (docs/contract.md, section 10).
func limitKeys() []Key {
	keys := []Key{
		{Name: "limits", Default: "on", rule: onOff(), Description: "stay within the service's rate limits; the defaults below are the documented ones"},
		{
			Name: "limit_calls_per_second", Default: "100", rule: between(1, maxLimit),
			Description: "calls a second of each kind that has no limit of its own below, for the whole App Key",
		},
	}
	for _, kind := range []struct{ name, what string }{
		{"limit_list_per_second", "list conversations"},
		{"limit_delete_conversation_per_second", "delete a conversation"},
		{"limit_delete_per_second", "delete messages"},
		{"limit_import_per_second", "import messages"},
		{"limit_recall_per_second", "recall messages"},
	} {
		keys = append(keys, Key{
			Name: kind.name, rule: between(1, maxLimit).orEmpty(),
			Description: "calls a second that " + kind.what + ", for the whole App Key; empty for limit_calls_per_second",
		})
	}
	for _, kind := range []struct{ name, what string }{
		{"limit_list_per_minute", "list conversations"},
		{"limit_delete_conversation_per_minute", "delete a conversation"},
	} {
		keys = append(keys, Key{
			Name: kind.name, Default: "5", rule: between(1, maxLimit),
			Description: "calls a minute that " + kind.what + ", for each user",
		})
	}
	keys = append(keys, Key{
		Name: "limit_groups_per_second", Default: "50", rule: between(1, maxLimit),
		Description: "calls a second that list a user's groups, for the whole App Key",
	}, Key{
		Name: "limit_history_files_per_minute", Default: "10", rule: between(1, maxLimit),
		Description: "calls a minute for hourly history files, for the whole App Key",
	})
	return append(keys, Key{
		Name: "quota_share", Flag: "quota-share", Default: "100%", rule: percent(),
		Description: "share of the limits to use; the rest stays free for the app's own calls",
	})
}

// archiveKeys are for an archive on a ClickHouse server.
func archiveKeys() []Key {
	return []Key{
		{Name: "archive_user", rule: wordRule(), Description: "user of the ClickHouse server that has the archive; empty for its default user"},
		{Name: "archive_password", rule: textRule("a password"), Secret: true, Description: "password of archive_user"},
		{Name: "archive_cluster", Flag: "cluster", rule: wordRule(), Description: "cluster that archive init makes the archive's tables on"},
	}
}

// placeKeys say where files and secrets are.
func placeKeys() []Key {
	return []Key{
		{Name: "ca_file", rule: pathRule(), Description: "PEM file of certificate authorities to trust besides the system's"},
		{Name: "sandbox_dir", rule: pathRule(), Description: "folder of the sandbox's data; empty for the default one"},
		{Name: "backup_dir", Flag: "backup-dir", rule: pathRule(), Description: "folder of the backups that deletions make first; empty for the default one"},
		{
			Name: "archive", Flag: "archive", rule: archiveRule(),
			Description: "the archive: a file, or clickhouse://HOST:PORT/DB (?secure=true for TLS); empty for a file of the App Key in the data folder",
		},
		{Name: "keyring", Default: "auto", rule: oneOf("auto", "off"), Description: "keep secrets in the system keyring where there is one, or always in the file"},
	}
}

const maxLimit = 100_000

// LookupKey finds a key by name; app-key means app_key. An unknown name is a
// fault.Usage that suggests the nearest one.
func LookupKey(name string) (Key, error) {
	want := strings.ReplaceAll(name, "-", "_")
	var names []string
	for _, k := range Keys() {
		if k.Name == want {
			return k, nil
		}
		names = append(names, k.Name)
	}
	err := fault.New(fault.Usage, "unknown setting %q", name)
	if near := Nearest(want, names); near != "" {
		return Key{}, err.WithHint("did you mean %s?", near)
	}
	return Key{}, err.WithHint("the settings are %s", strings.Join(names, ", "))
}

// knownKey is LookupKey for a name that is known to exist.
func knownKey(name string) Key {
	k, _ := LookupKey(name)
	return k
}

// Nearest returns the name within two edits of what was typed, "" for none.
func Nearest(typed string, names []string) string {
	best, found := 3, ""
	for _, name := range names {
		if d := distance(typed, name); d < best && d < len(name) {
			best, found = d, name
		}
	}
	return found
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			swap := diagonal
			if a[i] != b[j] {
				swap++
			}
			diagonal = row[j+1]
			row[j+1] = min(swap, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
