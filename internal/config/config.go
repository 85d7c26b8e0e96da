// Package config resolves the settings of a command: flag, environment,
// profile in the configuration file, default, in that order. It reports where
// each value came from, and reads secrets from the system keyring or the file.
//
// The file is config.yaml in the folder of [Folders.Config]:
//
//	current: prod
//	profiles:
//	  prod:
//	    host: a1.easemob.com
//	    app_key: org#app
//	    client_id: YXA6...
//	    client_secret: '@keyring'
//
// It is replaced atomically with mode 0600. Comments are kept, spacing is not.
// Values are text whatever YAML makes of them: a client ID of digits stays as
// it is.
package config

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/roamctl/roamctl/internal/fault"
)

const (
	// currentIn precedes the file's path in the source of a profile that the file chooses.
	currentIn = "current in "
	// byFlag is the source of a profile that the command line chooses.
	byFlag Source = "flag --profile"
)

// DefaultProfile is the profile when neither a flag, nor ROAMCTL_PROFILE, nor
// the file chooses one. It need not exist.
const DefaultProfile = "default"

// Options say where settings come from.
type Options struct {
	Path    string              // --config; "" for ROAMCTL_CONFIG or the default path
	Profile string              // --profile; "" for ROAMCTL_PROFILE or the file's current one
	Env     func(string) string // looks up an environment variable, "" when unset
	Flags   *pflag.FlagSet      // the command's flags, of which those that Keys name are used; may be nil
	Stdin   io.Reader           // for --client-secret-file -
	Keyring *Keyring            // nil for the system's
}

// Config is the configuration of a command. It does not change.
type Config struct {
	options  Options
	file     file
	noPath   error  // why there is no path, or nil
	chosenBy Source // what chose the profile; "" for the default one
	others   []string
	shared   bool // others may read the file
	absent   bool // the file does not exist
	profile  string
	known    bool              // the file has the profile
	stored   map[string]Secret // the profile's values in the file; as secrets, so that no print shows them
	merged   *viper.Viper      // the values of all keys but secrets
	warnings []string
}

// Load reads the configuration. A file that is not valid is a fault.Config, a
// malformed profile name a fault.Usage. A missing file is an empty one. Settings
// and Connection check the values.
func Load(o Options) (*Config, error) {
	if o.Keyring == nil {
		o.Keyring = systemKeyring()
	}
	c := &Config{options: o}
	d, err := c.readFile()
	if err != nil {
		return nil, err
	}
	switch {
	case o.Profile != "":
		c.profile, c.chosenBy = o.Profile, byFlag
	case o.Env(EnvProfile) != "":
		c.profile, c.chosenBy = o.Env(EnvProfile), "env "+EnvProfile
	case d.current() != "":
		c.profile, c.chosenBy = d.current(), Source(currentIn+c.file.path)
	default:
		c.profile = DefaultProfile
	}
	if err := CheckProfileName(c.profile); err != nil {
		return nil, err
	}
	c.known, c.others = d.has(c.profile), d.names()
	c.merge(d.values(c.profile))
	return c, nil
}

func (c *Config) readFile() (*document, error) {
	path, err := FilePath(c.options.Path, c.options.Env)
	if err != nil {
		c.noPath = err
		return parseDocument("", nil)
	}
	c.file = file{path}
	d, err := c.file.read()
	if err != nil {
		return nil, err
	}
	for _, w := range d.warnings {
		c.warnings = append(c.warnings, path+": "+w)
	}
	c.absent, c.shared = !d.exists, d.shared
	if c.shared {
		c.warnings = append(c.warnings, fmt.Sprintf("other users of this machine can read %s: run chmod 600 %s", path, path))
	}
	return d, nil
}

// FilePath returns the absolute path of the configuration file: the given one,
// else ROAMCTL_CONFIG, else the default. It is a fault.Config when there is no
// home folder to look in.
func FilePath(given string, env func(string) string) (string, error) {
	if given == "" {
		given = env(EnvConfig)
	}
	if given == "" {
		dir, err := Folders{env}.Config()
		if err != nil {
			return "", err
		}
		given = filepath.Join(dir, "config.yaml")
	}
	path, err := filepath.Abs(given)
	if err != nil {
		return "", fault.Wrap(fault.Config, err, "cannot find the configuration")
	}
	return path, nil
}

// merge gives viper the sources. viper reads the environment of the process
// only, and roamctl gets its environment as an argument, so the environment's
// values are merged over the file's (docs/adr/0018-what-the-frameworks-do.md).
func (c *Config) merge(values map[string]string) {
	c.merged, c.stored = viper.New(), map[string]Secret{}
	for name, value := range values {
		c.stored[name] = NewSecret(value)
	}
	stored, env := map[string]any{}, map[string]any{}
	for _, key := range Keys() {
		if key.Secret {
			continue
		}
		c.merged.SetDefault(key.Name, key.Default)
		if value := values[key.Name]; value != "" {
			stored[key.Name] = value
		}
		if value := c.env(key); value != "" {
			env[key.Name] = value
		}
		if flag := c.flag(key); flag != nil {
			_ = c.merged.BindPFlag(key.Name, flag) // fails on a nil flag only
		}
	}
	for _, source := range []map[string]any{stored, env} {
		_ = c.merged.MergeConfigMap(source) // fails on a nil viper only
	}
}

// env returns the environment's value of a key, "" where the profile's comes first.
func (c *Config) env(key Key) string {
	if c.guarded(key) {
		return ""
	}
	return c.options.Env(key.Env())
}

// flag returns the key's flag if it is on the command line, with a value where
// that may be left out.
func (c *Config) flag(key Key) *pflag.Flag {
	if c.options.Flags == nil || key.Flag == "" {
		return nil
	}
	if f := c.options.Flags.Lookup(key.Flag); f != nil && f.Changed && (f.NoOptDefVal == "" || f.Value.String() != f.NoOptDefVal) {
		return f
	}
	return nil
}

// guarded reports whether the profile has a guard on. A malformed value counts
// as on: the environment must not lift a guard that somebody mistyped.
func (c *Config) guarded(key Key) bool {
	stored := c.stored[key.Name]
	if !key.Guard || stored.IsZero() {
		return false
	}
	text, err := key.Check(stored.Reveal())
	return err != nil || text == "on"
}

// Guarded reports whether the profile itself turns a guard on, so that the
// environment can't turn it off.
func (c *Config) Guarded(name string) bool { return c.guarded(knownKey(name)) }

// Profile returns the name of the profile in use, which may not exist.
func (c *Config) Profile() string { return c.profile }

// ChosenBy returns what chose the profile; "" for the default one.
func (c *Config) ChosenBy() Source { return c.chosenBy }

// ChosenByFile reports whether the file's current profile is in use.
func (c *Config) ChosenByFile() bool { return strings.HasPrefix(string(c.chosenBy), currentIn) }

// Path returns the path of the file, which may not exist. It is a fault.Config
// when there is no home folder.
func (c *Config) Path() (string, error) { return c.file.path, c.noPath }

// Warnings returns warnings for the user, such as unknown settings.
func (c *Config) Warnings() []string { return c.warnings }

// Folders returns the tool's folders.
func (c *Config) Folders() Folders { return Folders{c.options.Env} }

// CheckProfile is a fault.NotFound when a flag, the environment or the file
// chooses a profile that does not exist.
func (c *Config) CheckProfile() error {
	if c.known || c.chosenBy == "" {
		return nil
	}
	if c.noPath != nil {
		return c.noPath
	}
	missing := noProfile(c.others, c.profile)
	if c.chosenBy != byFlag {
		missing.Message += fmt.Sprintf(" (%s)", c.chosenBy)
	}
	return missing
}

// Profiles returns the editor of the configuration file. It is a fault.Config
// when there is no home folder for the file.
func (c *Config) Profiles() (*Profiles, error) {
	if c.noPath != nil {
		return nil, c.noPath
	}
	return &Profiles{
		file:       c.file,
		vault:      vault{c.options.Keyring, c.file.path},
		useKeyring: c.merged.GetString("keyring") != "off",
		inUse:      c.profile,
	}, nil
}
