package config

import (
	"context"
	"maps"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
)

// Profiles reads and changes the profiles in the configuration file. Changes
// are atomic and safe between processes. Errors are fault.Usage for names and
// values, fault.NotFound for profiles that are not there, fault.Config for the
// file.
type Profiles struct {
	file       file
	vault      vault
	useKeyring bool
	inUse      string
}

// Profile is a profile as a list shows it.
type Profile struct {
	Name     string `json:"name"`
	Current  bool   `json:"current"` // commands use it: by flag, environment or file
	Host     string `json:"host"`
	AppKey   string `json:"app_key"`
	ClientID string `json:"client_id"`
}

// Change says what a Set did.
type Change struct {
	Created   bool     // the profile is new
	Current   bool     // it is the current profile now
	InKeyring []string // the secrets that went to the system keyring
	InFile    []string // the secrets that went to the file
}

// Path is the file's path.
func (p *Profiles) Path() string { return p.file.path }

// List is the profiles in the order of the file.
func (p *Profiles) List() ([]Profile, error) {
	d, _, _, err := p.file.read()
	if err != nil {
		return nil, err
	}
	list := []Profile{}
	for _, name := range d.names() {
		v := d.values(name)
		list = append(list, Profile{name, name == p.inUse, v["host"], v["app_key"], v["client_id"]})
	}
	return list, nil
}

// Use makes a profile the current one.
func (p *Profiles) Use(name string) error {
	return p.file.edit(func(d *document) error {
		if !d.has(name) {
			return noProfile(d, name)
		}
		d.setCurrent(name)
		return nil
	})
}

// Set changes settings of a profile, all or none, and makes the profile when
// it is not there. Secrets go to the keyring where it answers, else to the file.
func (p *Profiles) Set(ctx context.Context, name string, values map[string]string) (Change, error) {
	return p.set(ctx, name, values, func(*document) {})
}

// Login is Set, and makes the profile the current one where there is none.
func (p *Profiles) Login(ctx context.Context, name string, values map[string]string) (Change, error) {
	return p.set(ctx, name, values, func(d *document) {
		if d.current() == "" {
			d.setCurrent(name)
		}
	})
}

func (p *Profiles) set(ctx context.Context, name string, values map[string]string, choose func(*document)) (Change, error) {
	if err := CheckProfileName(name); err != nil {
		return Change{}, err
	}
	text, err := checkAll(values)
	if err != nil {
		return Change{}, err
	}
	var change Change
	for _, key := range Keys() {
		secret, given := text[key.Name]
		switch {
		case !given || !key.Secret:
		case p.useKeyring && p.vault.set(ctx, name, key.Name, secret) == nil:
			text[key.Name] = keyringMark
			change.InKeyring = append(change.InKeyring, key.Name)
		default:
			change.InFile = append(change.InFile, key.Name)
		}
	}
	if err := ctx.Err(); err != nil {
		return Change{}, err
	}
	err = p.file.edit(func(d *document) error {
		change.Created = !d.has(name)
		d.profile(name)
		for _, key := range Keys() {
			if value, ok := text[key.Name]; ok {
				d.set(name, key.Name, value)
			}
		}
		choose(d)
		change.Current = d.current() == name
		return nil
	})
	return change, err
}

// checkAll tidies values, by the names of their keys.
func checkAll(values map[string]string) (map[string]string, error) {
	text := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		key, err := LookupKey(name)
		if err != nil {
			return nil, err
		}
		if text[key.Name], err = key.Check(values[name]); err != nil {
			return nil, badValue(fault.Usage, key, values[name], err)
		}
	}
	return text, nil
}

// Unset takes settings out of a profile, from the keyring too. One that is not
// set is no error.
func (p *Profiles) Unset(ctx context.Context, name string, keys ...string) error {
	keys = slices.Clone(keys)
	for i := range keys {
		key, err := LookupKey(keys[i])
		if err != nil {
			return err
		}
		keys[i] = key.Name
	}
	return p.drop(ctx, name, keys, func(d *document) {
		for _, key := range keys {
			d.unset(name, key)
		}
	})
}

// Remove deletes a profile and its secrets. When it was the current one, none is.
func (p *Profiles) Remove(ctx context.Context, name string) error {
	var all []string
	for _, key := range Keys() {
		all = append(all, key.Name)
	}
	return p.drop(ctx, name, all, func(d *document) {
		d.remove(name)
		if d.current() == name {
			d.setCurrent("")
		}
	})
}

// drop edits the file and then deletes from the keyring what the file said of
// the keys, so that a failure between leaves no reference without a secret.
func (p *Profiles) drop(ctx context.Context, name string, keys []string, change func(*document)) error {
	var before map[string]string
	err := p.file.edit(func(d *document) error {
		if !d.has(name) {
			return noProfile(d, name)
		}
		before = d.values(name)
		change(d)
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if before[key] != keyringMark {
			continue
		}
		if err := p.vault.remove(ctx, name, key); err != nil {
			return fault.Wrap(fault.Config, err, "the %s of profile %s is out of the file but stays in the system keyring", key, name).
				WithHint("unlock the keyring and delete %q of %s there", p.vault.account(name, key), appName)
		}
	}
	return nil
}

// Rename gives a profile another name, with its secrets; it stays the current
// one if it was.
func (p *Profiles) Rename(ctx context.Context, from, to string) error {
	if err := CheckProfileName(to); err != nil {
		return err
	}
	d, _, _, err := p.file.read()
	if err != nil {
		return err
	}
	moved, err := p.copySecrets(ctx, d, from, to)
	if err != nil {
		return err
	}
	err = p.file.edit(func(d *document) error {
		switch {
		case !d.has(from):
			return noProfile(d, from)
		case d.has(to):
			return fault.New(fault.Usage, "there is a profile %s already", to).WithHint("roamctl profile remove %s", to)
		}
		if d.current() == from {
			d.setCurrent(to)
		}
		d.rename(from, to)
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range moved {
		_ = p.vault.remove(ctx, from, key) // a copy that stays behind does no harm
	}
	return nil
}

// copySecrets copies what the keyring holds to a profile's new name.
func (p *Profiles) copySecrets(ctx context.Context, d *document, from, to string) (moved []string, err error) {
	if d.has(to) {
		return nil, nil // Rename refuses; the other profile's secrets stay as they are
	}
	for key, value := range d.values(from) {
		if value != keyringMark {
			continue
		}
		secret, err := p.vault.get(ctx, from, key)
		if err != nil {
			return nil, err
		}
		if err := p.vault.set(ctx, to, key, secret.Reveal()); err != nil {
			return nil, fault.Wrap(fault.Config, err, "the system keyring does not take the %s of profile %s", key, to)
		}
		moved = append(moved, key)
	}
	return moved, nil
}

func noProfile(d *document, name string) *fault.Error {
	err := fault.New(fault.NotFound, "there is no profile %q", name)
	if near := nearest(name, d.names()); near != "" {
		return err.WithHint("did you mean %s?", near)
	}
	return err.WithHint("see `roamctl profile list`, or make it with `roamctl auth login --profile NAME`")
}
