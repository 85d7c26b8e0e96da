package config

import (
	"cmp"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

// Settings are the checked values of all keys that need no credentials.
type Settings struct {
	Profile  string
	Output   string // one of table, json, ndjson, yaml, csv, transcript
	Color    string // auto, always, never
	Pager    string // "" for none
	Location *time.Location

	Timeout         time.Duration // for each attempt, 1ms to 1h
	Retries         int           // attempts after the first, 0 to 20
	PageSize        int           // 1 to 50
	DeleteBatchSize int           // 1 to 50
	CAFile          string        // "" for the system's authorities alone
	SandboxDir      string        // "" for the usual folder
	BackupDir       string        // "" for the usual folder

	RequireReason bool // deletions need a reason
	Protected     bool // deletions can be neither without a backup nor without a question

	Limits                           bool // pace calls by those below
	LimitCallsPerSecond              int  // of each kind that has none of the four below
	LimitListPerSecond               int
	LimitDeleteConversationPerSecond int
	LimitDeletePerSecond             int
	LimitImportPerSecond             int
	LimitListPerMinute               int
	LimitDeleteConversationPerMinute int
	QuotaShare                       int // percent of them to use, 1 to 100
}

// Settings checks every setting but those of Connection and tells all that are
// wrong at once. Then the wrong ones are at their defaults, so that the
// commands that mend the configuration can go on.
func (c *Config) Settings() (Settings, error) {
	text := map[string]string{}
	var wrong []error
	for _, key := range Keys() {
		if key.Secret || connectionKey(key.Name) {
			continue
		}
		value, err := c.check(key)
		if err != nil {
			wrong = append(wrong, err)
			value = key.Default
		}
		text[key.Name] = value
	}
	loc, err := location(text["tz"], c.options.Env("TZ"))
	if err != nil {
		wrong, loc = append(wrong, err), time.UTC
	}
	s := Settings{
		Profile:  c.profile,
		Output:   text["output"],
		Color:    text["color"],
		Pager:    text["pager"],
		Location: loc,

		Timeout:         duration(text["timeout"]),
		Retries:         number(text["retries"]),
		PageSize:        number(text["page_size"]),
		DeleteBatchSize: number(text["delete_batch_size"]),
		CAFile:          c.path("ca_file", text["ca_file"]),
		SandboxDir:      c.path("sandbox_dir", text["sandbox_dir"]),
		BackupDir:       c.path("backup_dir", text["backup_dir"]),

		RequireReason: text["require_reason"] == "on",
		Protected:     text["protected"] == "on",

		Limits:                           text["limits"] == "on",
		LimitCallsPerSecond:              number(text["limit_calls_per_second"]),
		LimitListPerMinute:               number(text["limit_list_per_minute"]),
		LimitDeleteConversationPerMinute: number(text["limit_delete_conversation_per_minute"]),
		QuotaShare:                       number(strings.TrimSuffix(text["quota_share"], "%")),
	}
	s.LimitListPerSecond = cmp.Or(number(text["limit_list_per_second"]), s.LimitCallsPerSecond)
	s.LimitDeleteConversationPerSecond = cmp.Or(number(text["limit_delete_conversation_per_second"]), s.LimitCallsPerSecond)
	s.LimitDeletePerSecond = cmp.Or(number(text["limit_delete_per_second"]), s.LimitCallsPerSecond)
	s.LimitImportPerSecond = cmp.Or(number(text["limit_import_per_second"]), s.LimitCallsPerSecond)
	return s, joinFaults(wrong)
}

// SandboxDir is the folder of the sandbox's data: the setting's, else the usual one.
func (c *Config) SandboxDir() (string, error) {
	if dir := c.path("sandbox_dir", c.merged.GetString("sandbox_dir")); dir != "" {
		return dir, nil
	}
	dir, err := c.Folders().Data()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "sandbox"), nil
}

// BackupDir is the folder of backups: the setting's, else the usual one. An
// unusable setting is an error here, not replaced: deletions rely on it.
func (c *Config) BackupDir() (string, error) {
	key, err := LookupKey("backup_dir")
	if err != nil {
		return "", err
	}
	text, err := c.check(key)
	if err != nil {
		return "", err
	}
	if dir := c.path(key.Name, text); dir != "" {
		return dir, nil
	}
	dir, err := c.Folders().State()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "backups"), nil
}

// path makes a relative path in the file relative to the file's folder.
func (c *Config) path(name, path string) string {
	key, err := LookupKey(name)
	if err != nil || path == "" || filepath.IsAbs(path) || !c.inFile[name] || c.flag(key) != nil || c.options.Env(key.Env()) != "" {
		return path
	}
	return filepath.Join(filepath.Dir(c.file.path), path)
}

// The two below read texts that have been checked.

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func duration(s string) time.Duration {
	d, _ := time.ParseDuration(s)
	return d
}

// joinFaults makes one error of several: the first one's kind and hint.
func joinFaults(errs []error) error {
	if len(errs) < 2 {
		if len(errs) == 1 {
			return errs[0]
		}
		return nil
	}
	first, ok := errors.AsType[*fault.Error](errs[0])
	if !ok {
		return errors.Join(errs...)
	}
	var messages []string
	for _, err := range errs {
		messages = append(messages, err.Error())
	}
	return fault.New(first.Kind, "%s", strings.Join(messages, "; ")).WithHint("%s", first.Hint)
}
