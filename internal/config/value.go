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

// Values are all settings, unchecked, in the order of Keys. The keyring is not asked.
func (c *Config) Values() []Value {
	var all []Value
	for _, key := range Keys() {
		all = append(all, c.value(key))
	}
	return all
}

// Value is one setting, unchecked; fault.Usage when there is no such key.
func (c *Config) Value(name string) (Value, error) {
	key, err := LookupKey(name)
	if err != nil {
		return Value{}, err
	}
	return c.value(key), nil
}

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

func (c *Config) source(key Key) Source {
	switch flag := c.flag(key); {
	case flag != nil:
		return Source("flag --" + flag.Name)
	case c.env(key) != "":
		return Source("env " + key.Env())
	case c.inFile[key.Name] && c.secrets[key.Name].Reveal() == keyringMark:
		return "keyring"
	case c.inFile[key.Name]:
		return Source("profile " + c.profile)
	case key.Default != "":
		return "default"
	default:
		return ""
	}
}

// Origin is a setting's source for an error: a profile's with its file.
func (c *Config) Origin(name string) string {
	key, err := LookupKey(name)
	source := string(c.source(key))
	if err == nil && strings.HasPrefix(source, "profile ") {
		return source + " in " + c.file.path
	}
	return source
}

// check is a setting in its tidied form. What is wrong with a flag is a
// fault.Usage, anything else a fault.Config.
func (c *Config) check(key Key) (string, error) {
	v := c.value(key)
	if v.Text == "" && c.flag(key) == nil {
		return "", nil
	}
	text, err := key.Check(v.Text)
	if err == nil {
		return text, nil
	}
	if c.flag(key) != nil {
		return "", badValue(fault.Usage, key, v.Text, fmt.Errorf("%w (%s)", err, v.Source))
	}
	wrong := badValue(fault.Config, key, v.Text, fmt.Errorf("%w (%s)", err, c.Origin(key.Name)))
	if c.inFile[key.Name] && c.env(key) == "" {
		wrong.Hint += fmt.Sprintf(": roamctl config set %s VALUE --profile %s", key.Name, c.profile)
	}
	return "", wrong
}

// badValue says what is wrong with a value, which it shows unless it is secret.
func badValue(kind fault.Kind, key Key, value string, err error) *fault.Error {
	e := fault.Wrap(kind, err, "%s cannot be %q", key.Name, value)
	if key.Secret {
		e = fault.Wrap(kind, err, "%s cannot be used", key.Name)
	}
	return e.WithHint("use %s", key.Accepts)
}
