package config

import (
	"cmp"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/render"
)

// setting is a setting as it is shown.
type setting struct {
	Key         string `json:"key"`
	Value       string `json:"value"`  // **** for a secret
	Source      string `json:"source"` // unset: there is no value
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

// change is what a command did to a setting.
type change struct {
	Key     string `json:"key"`
	Profile string `json:"profile"`
	Changed bool   `json:"changed"` // false: there was nothing to take out
	Kept    string `json:"kept_in"` // file, keyring, or "" when it was taken out
	File    string `json:"file"`
}

func changeView() render.View[change] { return render.View[change]{Columns: render.Fields[change]()} }

// location is where the configuration file is.
type location struct {
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
}

func locationView() render.View[location] {
	return render.View[location]{Columns: render.Fields[location]()}
}
