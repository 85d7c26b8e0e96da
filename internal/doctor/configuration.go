package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
)

// configuration checks the file, the profile and the values of the settings,
// and says where the values come from.
func (o Options) configuration(context.Context) []Check {
	checks := []Check{o.configurationFile()}
	if from := o.sources(); from != "" {
		return append(checks, passed("settings", from))
	}
	return append(checks, passed("settings", "all settings have their defaults"))
}

func (o Options) configurationFile() Check {
	const name = "configuration"
	err := cmp.Or(o.ConfigErr, o.malformed())
	if err == nil && !o.Sandbox {
		err = o.Config.CheckProfile()
	}
	if err != nil {
		return failed(name, fault.Config, err.Error(), fault.HintOf(err))
	}
	if err := o.Target.Err; err != nil && !isNetwork(err) {
		return failed(name, fault.Config, err.Error(), cmp.Or(fault.HintOf(err), "correct the setting; `roamctl config list` shows where it comes from"))
	}
	if o.Sandbox {
		return passed(name, "the sandbox needs none")
	}
	seen := o.place()
	if err := o.Config.Contradiction(); err != nil {
		return warning(name, err.Error(), fault.HintOf(err))
	}
	if w := o.Config.Warnings(); len(w) > 0 {
		return warning(name, seen+"; "+strings.Join(w, "; "), "correct the file; `roamctl config list --columns key,accepts` shows the settings")
	}
	return passed(name, seen)
}

// isNetwork reports whether the service could not be asked, which is not the
// configuration's fault.
func isNetwork(err error) bool { return fault.KindOf(err) == fault.Network }

// place names the profile, what chose it, and the file.
func (o Options) place() string {
	seen := "profile " + o.Config.Profile()
	if by := o.Config.ChosenBy(); by != "" && !o.Config.ChosenByFile() {
		seen += " (" + string(by) + ")"
	}
	path, err := o.Config.Path()
	if err != nil {
		return seen + "; " + err.Error()
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return seen + " without a file: " + path + " does not exist"
	}
	return seen + " in " + path
}

// malformed names the settings with malformed values. It leaves the values out:
// what was mistaken for a host may be a secret.
func (o Options) malformed() error {
	var wrong, fixes []string
	for _, v := range o.Config.Values() {
		if err := badValue(v); err != nil {
			wrong = append(wrong, fmt.Sprintf("%s is malformed: %v (%s)", v.Key.Name, err, v.Source))
			fixes = append(fixes, fmt.Sprintf("set %s to %s", v.Key.Name, v.Key.Accepts))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fault.New(fault.Config, "%s", strings.Join(wrong, "; ")).WithHint("%s", strings.Join(fixes, "; "))
}

func badValue(v config.Value) error {
	if v.Key.Secret || v.Text == "" {
		return nil
	}
	_, err := v.Key.Check(v.Text)
	return err
}

// settings are those that are not at their defaults.
func (o Options) settings() []Setting {
	all := []Setting{}
	for _, v := range o.Config.Values() {
		if v.Source == "" || v.Source == "default" {
			continue
		}
		s := Setting{Key: v.Key.Name, Value: v.Text, Source: string(v.Source)}
		if badValue(v) != nil {
			s.Value = ""
		}
		all = append(all, s)
	}
	return all
}

// sources says where the settings come from.
func (o Options) sources() string {
	var parts []string
	for _, s := range o.settings() {
		parts = append(parts, s.Key+": "+s.Source)
	}
	return strings.Join(parts, ", ")
}

// keyring checks whether the system keyring answers.
func (o Options) keyring(ctx context.Context) []Check {
	const name = "keyring"
	if o.Sandbox {
		return []Check{skipped(name, "the sandbox keeps no secret in it")}
	}
	if v := o.Config.Value("keyring"); v.Text == "off" {
		return []Check{skipped(name, fmt.Sprintf("keyring is off (%s): secrets are in the file", v.Source))}
	}
	err := o.Config.CheckKeyring(ctx)
	needed := ""
	for _, v := range o.Config.Values() {
		if v.Source == "keyring" {
			needed = v.Key.Name
		}
	}
	const off = "set keyring to off: `roamctl config set keyring off`"
	switch {
	case err == nil:
		return []Check{passed(name, "the system keyring answers")}
	case needed != "":
		return []Check{failed(name, fault.Config, "the system keyring, which has "+needed+", does not work: "+err.Error(),
			"unlock or start the keyring, or run `roamctl auth login` again with keyring off")}
	case errors.Is(err, config.ErrKeyringTime):
		return []Check{warning(name, err.Error()+"; secrets are in the file", off)}
	default:
		return []Check{passed(name, "no system keyring answers: secrets are kept in the file")}
	}
}
