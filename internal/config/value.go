package config

import (
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// Source says where a setting's value comes from, such as "flag --host", "env
// ROAMCTL_HOST", "profile prod", "keyring" or "default".
type Source string

// Value is a setting as config list shows it.
type Value struct {
	Key    Key
	Text   string // **** for a secret, "" when nothing is set
	Source Source // "" when nothing is set
}

// IsOverride reports whether the value is from a flag or the environment.
func (v Value) IsOverride() bool {
	return strings.HasPrefix(string(v.Source), "flag ") || strings.HasPrefix(string(v.Source), "env ")
}

// Values returns all settings, unchecked, in the order of Keys. It does not
// read the keyring.
func (c *Config) Values() []Value {
	var all []Value
	for _, key := range Keys() {
		v := c.value(key)
		v.Text = withoutCredentials(v.Text)
		all = append(all, v)
	}
	return all
}

// Value returns one setting, unchecked. It is the zero Value if there is no
// such key.
func (c *Config) Value(name string) Value { return c.value(knownKey(name)) }

func (c *Config) value(key Key) Value {
	v := Value{Key: key, Source: c.source(key)}
	switch {
	case key.Secret && v.Source != "":
		v.Text = hidden
	case !key.Secret:
		v.Text = c.merged.GetString(key.Name)
	}
	return v
}

// source is what viper does not report.
func (c *Config) source(key Key) Source {
	switch flag, stored := c.flag(key), c.stored[key.Name]; {
	case flag != nil:
		return Source("flag --" + flag.Name)
	case c.env(key) != "":
		return Source("env " + key.Env())
	case key.Secret && stored.Reveal() == keyringMark:
		return "keyring"
	case !stored.IsZero():
		return Source("profile " + c.profile)
	case key.Default != "":
		return "default"
	default:
		return ""
	}
}

// fromFile reports whether a key has its value from the profile in the file.
func (c *Config) fromFile(key Key) bool { return strings.HasPrefix(string(c.source(key)), "profile ") }

// Origin returns a setting's source for an error: with the file for a profile's.
func (c *Config) Origin(name string) string {
	key := knownKey(name)
	source := string(c.source(key))
	if c.fromFile(key) {
		return source + " in " + c.file.path
	}
	return source
}

// check returns a setting in its normal form. A malformed flag is a
// fault.Usage, anything else a fault.Config.
func (c *Config) check(key Key) (string, error) {
	v, flag := c.value(key), c.flag(key)
	if v.Text == "" && flag == nil {
		return "", nil
	}
	text, err := key.Check(v.Text)
	switch {
	case err == nil:
		return text, nil
	case flag != nil:
		return "", badValue(fault.Usage, key, v.Text, fmt.Errorf("%w (%s)", err, v.Source))
	}
	wrong := badValue(fault.Config, key, v.Text, fmt.Errorf("%w (%s)", err, c.Origin(key.Name)))
	if c.fromFile(key) {
		wrong.Hint += fmt.Sprintf(": roamctl config set %s VALUE --profile %s", key.Name, c.profile)
	}
	return "", wrong
}

// checkAll checks keys that are not secret. Malformed ones get their defaults,
// and the error names them all.
func (c *Config) checkAll(keys []Key) (map[string]string, error) {
	text := map[string]string{}
	var wrong []error
	for _, key := range keys {
		if key.Secret {
			continue
		}
		value, err := c.check(key)
		if err != nil {
			wrong, value = append(wrong, err), key.Default
		}
		text[key.Name] = value
	}
	return text, joinFaults(wrong...)
}

// badValue names a malformed value, and shows it unless it is secret.
func badValue(kind fault.Kind, key Key, value string, err error) *fault.Error {
	message := fmt.Sprintf("%s cannot be %q", key.Name, withoutCredentials(value))
	if key.Secret {
		message = key.Name + " cannot be used"
	}
	return fault.Wrap(kind, err, "%s", message).WithHint("use %s", key.Accepts)
}
