package config

import (
	"context"

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
