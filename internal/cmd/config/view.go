package config

import (
	"cmp"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/render"
)

// setting is a row of config list.
type setting struct {
	Key         string `json:"key"`
	Value       string `json:"value"`  // **** for a secret
	Source      string `json:"source"` // "unset" if there is no value
	Env         string `json:"env"`
	Accepts     string `json:"accepts"`
	Description string `json:"description"`
}

func newSetting(v config.Value) setting {
	return setting{
		Key: v.Key.Name, Value: v.Text, Source: cmp.Or(string(v.Source), "unset"),
		Env: v.Key.Env(), Accepts: v.Key.Accepts, Description: v.Key.Description,
	}
}

func settingView() render.View[setting] {
	return render.View[setting]{Columns: render.Fields[setting]("key", "value", "source", "env,hidden", "accepts,hidden,flex", "description,hidden,flex")}
}

// change is the change of a setting.
type change struct {
	Key     string `json:"key"`
	Profile string `json:"profile"`
	Changed bool   `json:"changed"` // false if there was nothing to remove
	Kept    string `json:"kept_in"` // file, keyring, or "" if it was removed
	File    string `json:"file"`
}

func changeView() render.View[change] { return render.View[change]{Columns: render.Fields[change]()} }

// location is the place of the configuration file.
type location struct {
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
}

func locationView() render.View[location] {
	return render.View[location]{Columns: render.Fields[location]()}
}
