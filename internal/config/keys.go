package config

import (
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// Names of the environment variables that are no setting of a profile.
const (
	EnvConfig  = "ROAMCTL_CONFIG"  // the path of the configuration file, like --config
	EnvProfile = "ROAMCTL_PROFILE" // the profile to use, like --profile
)

// Key describes one setting. Keys is the table of all of them.
type Key struct {
	Name        string // as in the file: lower_snake
	Default     string // "" when there is none
	Accepts     string // the values it takes, in words
	Description string // what it does, with its unit
	Flag        string // the flag that sets it for one command, without dashes; "" when there is none
	Secret      bool   // kept in the keyring where there is one, and never shown
	Guard       bool   // a profile that has it on can't be overruled by the environment

	check func(string) (string, error)
}

// Env is the environment variable that sets the key.
func (k Key) Env() string { return "ROAMCTL_" + strings.ToUpper(k.Name) }

// Check gives a value in its tidied form, or why the key does not take it. The
// error never holds the value.
func (k Key) Check(value string) (string, error) { return k.check(strings.TrimSpace(value)) }

// Keys are all settings of a profile, in the order to list them in.
func Keys() []Key {
	return slices.Concat(connectionKeys(), outputKeys(), requestKeys(), guardKeys(), limitKeys(), placeKeys())
}

// connectionKeys say where the service is, and who asks it.
func connectionKeys() []Key {
	return []Key{
		{
			Name: "host", Flag: "host", check: host, Accepts: "a1.easemob.com, host:port, or http(s)://host[:port]",
			Description: "REST host of the data centre, shown in the vendor's console",
		},
		{Name: "app_key", Flag: "app-key", check: appKey, Accepts: "org#app", Description: "App Key of the application"},
		{Name: "client_id", Flag: "client-id", check: word, Accepts: "text", Description: "client ID of the application, for app tokens"},
		{
			Name: "client_secret", Flag: "client-secret-file", check: word, Secret: true, Accepts: "text",
			Description: "client secret of the application; the flag takes a file's path, or - for stdin",
		},
		{Name: "app_token", check: word, Secret: true, Accepts: "text", Description: "an app token to use in place of client ID and secret"},
		{
			Name: "insecure_http", Default: "off", check: onOff, Accepts: onOffWords,
			Description: "allow http:// to hosts other than this machine, which shows secrets to the network",
		},
	}
}

// outputKeys say how things are shown.
func outputKeys() []Key {
	return []Key{
		{
			Name: "output", Flag: "output", Default: "table", check: oneOf("table", "json", "ndjson", "yaml", "csv", "transcript"),
			Accepts: "table, json, ndjson, yaml, csv or transcript", Description: "output format",
		},
		{
			Name: "tz", Flag: "tz", Default: "local", check: zone, Accepts: "local, UTC, or a name such as Asia/Shanghai",
			Description: "time zone of times on a terminal and of times that are typed without an offset",
		},
		{
			Name: "color", Flag: "color", Default: "auto", check: oneOf("auto", "always", "never"),
			Accepts: "auto, always or never", Description: "colour on the terminal",
		},
		{Name: "pager", check: text, Accepts: "a command", Description: "pager for long output on a terminal; empty for PAGER, else less; cat for none"},
	}
}

// requestKeys say how the service is asked.
func requestKeys() []Key {
	return []Key{
		{
			Name: "timeout", Flag: "timeout", Default: "30s", check: timeout, Accepts: "a duration from 1ms to 1h, such as 30s",
			Description: "time for each attempt of a request",
		},
		{
			Name: "retries", Flag: "retries", Default: "4", check: between(0, 20), Accepts: "0 to 20",
			Description: "attempts after the first one of a request",
		},
		{
			Name: "page_size", Flag: "page-size", Default: "50", check: between(1, 50), Accepts: "1 to 50",
			Description: "items for each request of a listing",
		},
		{
			Name: "delete_batch_size", Flag: "batch-size", Default: "50", check: between(1, 50), Accepts: "1 to 50",
			Description: "message IDs for each deletion request",
		},
	}
}

// guardKeys make mistakes harder.
func guardKeys() []Key {
	return []Key{
		{
			Name: "require_reason", Default: "off", Guard: true, check: onOff, Accepts: onOffWords,
			Description: "refuse to delete without --reason",
		},
		{
			Name: "protected", Default: "off", Guard: true, check: onOff, Accepts: onOffWords,
			Description: "refuse --no-backup and --yes: every deletion is backed up and confirmed by hand",
		},
	}
}

// limitKeys keep calls inside of what the service allows (contract, section 10).
func limitKeys() []Key {
	return []Key{
		{
			Name: "limits", Default: "on", check: onOff, Accepts: onOffWords,
			Description: "keep inside the service's limits on calls before it refuses; those below are its documented ones",
		},
		{
			Name: "limit_calls_per_second", Default: "100", check: between(1, 100_000), Accepts: "1 to 100000",
			Description: "calls a second of all kinds that have no limit of their own below, for the whole App Key",
		},
		familyKey("limit_list_per_second", "list conversations"),
		familyKey("limit_delete_conversation_per_second", "delete a conversation"),
		familyKey("limit_delete_per_second", "delete messages"),
		familyKey("limit_import_per_second", "import messages"),
		{
			Name: "limit_list_per_minute", Default: "5", check: between(1, 100_000), Accepts: "1 to 100000",
			Description: "calls a minute that list conversations, for each user",
		},
		{
			Name: "limit_delete_conversation_per_minute", Default: "5", check: between(1, 100_000), Accepts: "1 to 100000",
			Description: "calls a minute that delete a conversation, for each user",
		},
		{
			Name: "quota_share", Flag: "quota-share", Default: "100%", check: percent, Accepts: "1% to 100%",
			Description: "share of the limits to use; the rest stays free for the app's own calls",
		},
	}
}

// familyKey is the limit of a kind of calls for the whole App Key.
func familyKey(name, what string) Key {
	return Key{
		Name: name, check: emptyOr(between(1, 100_000)), Accepts: "1 to 100000",
		Description: "calls a second that " + what + ", for the whole App Key; empty for limit_calls_per_second",
	}
}

// placeKeys say where files and secrets are kept.
func placeKeys() []Key {
	return []Key{
		{Name: "ca_file", check: text, Accepts: "a path", Description: "PEM file of certificate authorities to trust besides the system's"},
		{Name: "sandbox_dir", check: text, Accepts: "a path", Description: "folder of the sandbox's data; empty for the usual one"},
		{
			Name: "backup_dir", Flag: "backup-dir", check: text, Accepts: "a path",
			Description: "folder of the backups that deletions make first; empty for the usual one",
		},
		{
			Name: "keyring", Default: "auto", check: oneOf("auto", "off"), Accepts: "auto or off",
			Description: "keep secrets in the system keyring where there is one, or always in the file",
		},
	}
}

// LookupKey finds a key by name; app-key means app_key. An unknown one is a
// fault.Usage with the nearest name as its hint.
func LookupKey(name string) (Key, error) {
	want := strings.ReplaceAll(name, "-", "_")
	var names []string
	for _, k := range Keys() {
		if k.Name == want {
			return k, nil
		}
		names = append(names, k.Name)
	}
	err := fault.New(fault.Usage, "there is no setting %q", name)
	if near := nearest(want, names); near != "" {
		return Key{}, err.WithHint("did you mean %s?", near)
	}
	return Key{}, err.WithHint("the settings are %s", strings.Join(names, ", "))
}
