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

// current is the source of a profile that the file names, before its path.
const current = "current in "

// byFlag is the source of a profile that the command line names.
const byFlag Source = "flag --profile"

// DefaultProfile is the profile when neither a flag, nor ROAMCTL_PROFILE, nor
// the file names one. It need not exist.
const DefaultProfile = "default"

// Options say where settings come from.
type Options struct {
	Path    string              // --config; "" for ROAMCTL_CONFIG or the usual place
	Profile string              // --profile; "" for ROAMCTL_PROFILE or the file's current one
	Env     func(string) string // looks up an environment variable, "" when unset
	Flags   *pflag.FlagSet      // the command's; those named in Keys count when they were given. May be nil
	Stdin   io.Reader           // for --client-secret-file -
	Keyring Keyring             // nil: the system's
}

// Config is what a command runs with. It does not change.
type Config struct {
	options  Options
	file     file
	noPath   error    // why there is no path, nil when there is one
	chosenBy Source   // of the profile; "" for the default one
	others   []string // the profiles in the file
	shared   bool     // others may read the file
	absent   bool     // the file does not exist
	profile  string
	known    bool              // the profile is in the file
	inFile   map[string]bool   // what the profile sets
	place    map[string]string // its host and App Key
	guarded  map[string]bool   // guards that the profile sets, which the environment can't lift
	secrets  map[string]Secret // those in the file
	merged   *viper.Viper      // all but the secrets
	warnings []string
}

// Load reads the configuration. It refuses a file that is no valid YAML or is
// shaped otherwise (fault.Config) and a malformed profile name (fault.Usage);
// values are checked by Settings and Connection. A file that is not there is
// an empty one.
func Load(o Options) (*Config, error) {
	if o.Keyring == nil {
		o.Keyring = systemKeyring{}
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
		c.profile, c.chosenBy = d.current(), Source(current+c.file.path)
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
	path := c.options.Path
	if path == "" {
		path = c.options.Env(EnvConfig)
	}
	if path == "" {
		dir, err := Folders{c.options.Env}.Config()
		if err != nil {
			c.noPath = err
			return parseDocument("", nil)
		}
		path = filepath.Join(dir, "config.yaml")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "the configuration cannot be found")
	}
	c.file = file{path}
	d, exists, shared, err := c.file.read()
	if err != nil {
		return nil, err
	}
	c.absent = !exists
	for _, w := range d.warnings {
		c.warnings = append(c.warnings, path+": "+w)
	}
	if c.shared = shared; shared {
		c.warnings = append(c.warnings, "others on this machine can read "+path+": chmod 600 it")
	}
	return d, nil
}

// merge lets viper put the sources in order. It would read the process's own
// environment, so the given one is laid over the profile instead. Secrets stay
// out of it.
func (c *Config) merge(values map[string]string) {
	c.merged = viper.New()
	c.inFile = map[string]bool{}
	c.place = map[string]string{}
	c.guarded = map[string]bool{}
	c.secrets = map[string]Secret{}
	layer := map[string]any{}
	for _, key := range Keys() {
		value, inFile := values[key.Name]
		c.inFile[key.Name] = inFile
		if key.Secret {
			c.secrets[key.Name] = NewSecret(value)
			continue
		}
		c.merged.SetDefault(key.Name, key.Default)
		if key.Name == "host" || key.Name == "app_key" {
			c.place[key.Name] = value
		}
		if key.Guard && value == "on" {
			c.guarded[key.Name] = true
		}
		if env := c.env(key); env != "" {
			layer[key.Name] = env
		} else if inFile {
			layer[key.Name] = value
		}
		if flag := c.flag(key); flag != nil {
			_ = c.merged.BindPFlag(key.Name, flag) // fails on a nil flag only
		}
	}
	_ = c.merged.MergeConfigMap(layer) // fails on nothing but a nil viper
}

// env is what the environment says of a key, "" where that does not count.
func (c *Config) env(key Key) string {
	if c.guarded[key.Name] {
		return ""
	}
	return c.options.Env(key.Env())
}

// flag is the key's flag when it was given on the command line.
func (c *Config) flag(key Key) *pflag.Flag {
	if c.options.Flags == nil || key.Flag == "" {
		return nil
	}
	if f := c.options.Flags.Lookup(key.Flag); f != nil && f.Changed {
		return f
	}
	return nil
}

// Profile is the name of the profile in use; it may not exist.
func (c *Config) Profile() string { return c.profile }

// ChosenByFile reports whether the file's current profile is in use.
func (c *Config) ChosenByFile() bool { return strings.HasPrefix(string(c.chosenBy), current) }

// Guarded reports whether the profile itself turns a guard on, so that the
// environment can't turn it off.
func (c *Config) Guarded(name string) bool { return c.guarded[name] }

// ChosenBy says what chose the profile; "" for the default one.
func (c *Config) ChosenBy() Source { return c.chosenBy }

// Path is the path of the file, which may not exist; fault.Config when there
// is no home folder to look in.
func (c *Config) Path() (string, error) { return c.file.path, c.noPath }

// Warnings are for the user to read: unknown settings, a file others can read.
func (c *Config) Warnings() []string { return c.warnings }

// Folders are the tool's folders.
func (c *Config) Folders() Folders { return Folders{c.options.Env} }

// CheckProfile is a fault.Config when a profile was asked for, by a flag, the
// environment or the file's current, that does not exist.
func (c *Config) CheckProfile() error {
	if c.known || c.chosenBy == "" {
		return nil
	}
	if c.noPath != nil {
		return c.noPath
	}
	d, _, _, err := c.file.read()
	if err != nil {
		return err
	}
	missing := noProfile(d, c.profile)
	missing.Kind = fault.Config
	if c.chosenBy != byFlag {
		missing.Message += fmt.Sprintf(" (%s)", c.chosenBy)
	}
	return missing
}

// Profiles changes the configuration file; fault.Config when there is no home
// folder for it.
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
