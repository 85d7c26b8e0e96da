package config

import (
	"context"
	"maps"
	"slices"

	"github.com/roamctl/roamctl/internal/fault"
)

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
