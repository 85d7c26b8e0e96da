package config

import (
	"context"
	"maps"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
)

// Profiles reads and changes the profiles in the configuration file. Changes
// are atomic, also between processes. Errors are fault.Usage for names and
// values, fault.NotFound for missing profiles, fault.Config for the file.
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

// Change says what a Set changed.
type Change struct {
	Created   bool     // the profile is new
	Current   bool     // it is the current profile now
	InKeyring []string // the secrets that went to the system keyring
	InFile    []string // the secrets that went to the file
}

// Path returns the file's path.
func (p *Profiles) Path() string { return p.file.path }

// List returns the profiles in the order of the file.
func (p *Profiles) List() ([]Profile, error) {
	d, err := p.file.read()
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
	return p.editProfile(name, func(d *document) error {
		d.setCurrent(name)
		return nil
	})
}

// editProfile edits the file if it has the profile.
func (p *Profiles) editProfile(name string, change func(*document) error) error {
	return p.file.edit(func(d *document) error {
		if !d.has(name) {
			return noProfile(d.names(), name)
		}
		return change(d)
	})
}

// Set changes settings of a profile, all or none, and creates the profile if it
// does not exist. Secrets go to the keyring if it answers, else to the file.
func (p *Profiles) Set(ctx context.Context, name string, values map[string]string) (Change, error) {
	return p.set(ctx, name, values, false)
}

// Login is Set that also makes the profile the current one if there is none.
func (p *Profiles) Login(ctx context.Context, name string, values map[string]string) (Change, error) {
	return p.set(ctx, name, values, true)
}

func (p *Profiles) set(ctx context.Context, name string, values map[string]string, login bool) (Change, error) {
	if err := CheckProfileName(name); err != nil {
		return Change{}, err
	}
	text, err := checkValues(values)
	if err != nil {
		return Change{}, err
	}
	change := p.storeSecrets(ctx, name, text)
	if err := ctx.Err(); err != nil {
		return Change{}, err
	}
	err = p.file.edit(func(d *document) error {
		change.Created = !d.has(name)
		d.add(name)
		for _, key := range Keys() {
			if value, ok := text[key.Name]; ok {
				d.set(name, key.Name, value)
			}
		}
		if login && d.current() == "" {
			d.setCurrent(name)
		}
		change.Current = d.current() == name
		return nil
	})
	return change, err
}

// storeSecrets puts secrets into the keyring, and the keyring mark in their place.
func (p *Profiles) storeSecrets(ctx context.Context, name string, text map[string]string) (change Change) {
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
	return change
}

// checkValues returns values in their normal form.
func checkValues(values map[string]string) (map[string]string, error) {
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

// Unset removes settings from a profile and from the keyring. One that is not
// set is no error.
func (p *Profiles) Unset(ctx context.Context, name string, keys ...string) error {
	var names []string
	for _, k := range keys {
		key, err := LookupKey(k)
		if err != nil {
			return err
		}
		names = append(names, key.Name)
	}
	return p.drop(ctx, name, names, func(d *document) {
		for _, key := range names {
			d.unset(name, key)
		}
	})
}

// Remove deletes a profile and its secrets. If it was the current one, the file
// has no current one afterwards.
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

// drop edits the file and then deletes the keys' secrets from the keyring. In
// that order, a failure leaves no reference to a missing secret.
func (p *Profiles) drop(ctx context.Context, name string, keys []string, change func(*document)) error {
	var before map[string]string
	err := p.editProfile(name, func(d *document) error {
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
			return fault.Wrap(fault.Config, err, "removed the %s of profile %s from the file, but not from the system keyring", key, name).
				WithHint("unlock the keyring and delete %q of %s there", p.vault.account(name, key), appName)
		}
	}
	return nil
}

// Rename renames a profile, with its secrets. The current one stays current.
func (p *Profiles) Rename(ctx context.Context, from, to string) error {
	if err := CheckProfileName(to); err != nil {
		return err
	}
	d, err := p.file.read()
	if err != nil {
		return err
	}
	moved, err := p.copySecrets(ctx, d, from, to)
	if err != nil {
		return err
	}
	err = p.editProfile(from, func(d *document) error {
		if d.has(to) {
			return fault.New(fault.Usage, "profile %s already exists", to).WithHint("roamctl profile remove %s", to)
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
		_ = p.vault.remove(ctx, from, key) // a leftover copy does no harm
	}
	return nil
}

// copySecrets copies the keyring's secrets to a profile's new name.
func (p *Profiles) copySecrets(ctx context.Context, d *document, from, to string) (moved []string, err error) {
	if d.has(to) {
		return nil, nil // Rename refuses; the other profile keeps its secrets
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
			return nil, fault.Wrap(fault.Config, err, "cannot store the %s of profile %s in the system keyring", key, to)
		}
		moved = append(moved, key)
	}
	return moved, nil
}

func noProfile(names []string, name string) *fault.Error {
	err := fault.New(fault.NotFound, "profile %q does not exist", name)
	if near := Nearest(name, names); near != "" {
		return err.WithHint("did you mean %s?", near)
	}
	return err.WithHint("see `roamctl profile list`, or create it with `roamctl auth login --profile NAME`")
}
