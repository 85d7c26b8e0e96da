package config

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"

	"github.com/roamctl/roamctl/internal/fault"
)

// Settings are the checked values of all keys but those of a Connection.
type Settings struct {
	Profile  string
	Output   string // table, json, ndjson, yaml, csv or transcript
	Color    string // auto, always or never
	Pager    string // "" for none
	Location *time.Location

	// HistoryFilesZone is auto, Beijing or UTC.
	HistoryFilesZone string

	Timeout         time.Duration // for each attempt, 1ms to 1h
	Retries         int           // attempts after the first, 0 to 20
	PageSize        int           // 1 to 50
	DeleteBatchSize int           // 1 to 50
	HistoryToken    string        // auto, app or user
	CAFile          string        // "" for the system's authorities alone
	SandboxDir      string        // "" for the default folder
	BackupDir       string        // "" for the default folder

	RequireReason bool // deletions need a reason
	Protected     bool // deletions need a backup and a typed confirmation

	Limits                           bool // stay within those below
	LimitCallsPerSecond              int  // of each kind without one of its own
	LimitListPerSecond               int
	LimitDeleteConversationPerSecond int
	LimitDeletePerSecond             int
	LimitImportPerSecond             int
	LimitGroupsPerSecond             int
	LimitHistoryFilesPerMinute       int
	LimitRecallPerSecond             int
	LimitListPerMinute               int
	LimitDeleteConversationPerMinute int
	QuotaShare                       int // percent of them to use, 1 to 100
}

// Settings checks all settings but those of Connection and names all malformed
// ones in one error. It returns their defaults with the error, so that the
// commands that fix the configuration still work.
func (c *Config) Settings() (Settings, error) {
	keys := slices.Concat(optionKeys(), limitKeys(), placeKeys())
	text, wrong := c.checkAll(keys)
	loc, zoneErr := location(text["tz"], c.options.Env("TZ"))
	if zoneErr != nil {
		loc = time.UTC
	}
	s, err := decode(keys, text)
	s.Profile, s.Location = c.profile, loc
	s.CAFile, s.SandboxDir, s.BackupDir = c.path("ca_file", s.CAFile), c.path("sandbox_dir", s.SandboxDir), c.path("backup_dir", s.BackupDir)
	for _, limit := range []*int{&s.LimitListPerSecond, &s.LimitDeleteConversationPerSecond, &s.LimitDeletePerSecond, &s.LimitImportPerSecond, &s.LimitRecallPerSecond} {
		*limit = cmp.Or(*limit, s.LimitCallsPerSecond)
	}
	return s, joinFaults(wrong, zoneErr, err)
}

// decode converts checked values by viper: page_size to PageSize, and so on.
func decode(keys []Key, text map[string]string) (s Settings, err error) {
	v := viper.New()
	for _, key := range keys {
		value := text[key.Name]
		switch {
		case key.onOff:
			v.Set(key.Name, value == "on")
		case key.Name == "quota_share":
			v.Set(key.Name, strings.TrimSuffix(value, "%"))
		default:
			v.Set(key.Name, value)
		}
	}
	err = v.Unmarshal(&s, func(c *mapstructure.DecoderConfig) {
		c.MatchName = func(key, field string) bool { return strings.EqualFold(strings.ReplaceAll(key, "_", ""), field) }
	})
	return s, err
}

// SandboxDir returns the folder of the sandbox's data: the setting's, else the default.
func (c *Config) SandboxDir() (string, error) {
	if dir := c.path("sandbox_dir", c.merged.GetString("sandbox_dir")); dir != "" {
		return dir, nil
	}
	dir, err := c.Folders().Data()
	return below(dir, "sandbox", err)
}

// BackupDir returns the folder of backups: the setting's, else the default. A
// malformed setting is an error, not replaced: deletions rely on it.
func (c *Config) BackupDir() (string, error) {
	text, err := c.check(knownKey("backup_dir"))
	if err != nil {
		return "", err
	}
	if dir := c.path("backup_dir", text); dir != "" {
		return dir, nil
	}
	dir, err := c.Folders().State()
	return below(dir, "backups", err)
}

func below(dir, name string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, name), nil
}

// path makes a relative path in the file relative to the file's folder.
func (c *Config) path(name, path string) string {
	if path == "" || filepath.IsAbs(path) || !c.fromFile(knownKey(name)) {
		return path
	}
	return filepath.Join(filepath.Dir(c.file.path), path)
}

// joinFaults makes one error of several, with the first one's kind and hint.
func joinFaults(errs ...error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) < 2 {
		return errors.Join(errs...)
	}
	var messages []string
	for _, err := range errs {
		messages = append(messages, err.Error())
	}
	return fault.New(fault.KindOf(errs[0]), "%s", strings.Join(messages, "; ")).WithHint("%s", fault.HintOf(errs[0]))
}
