package config

import (
	"cmp"
	"strconv"

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
	return render.View[setting]{Columns: []render.Column[setting]{
		{Name: "key", Default: true, Cell: func(s setting, _ render.Env) string { return s.Key }},
		{Name: "value", Default: true, Cell: func(s setting, _ render.Env) string { return s.Value }},
		{Name: "source", Default: true, Cell: func(s setting, _ render.Env) string { return s.Source }},
		{Name: "env", Cell: func(s setting, _ render.Env) string { return s.Env }},
		{Name: "accepts", Flex: true, Cell: func(s setting, _ render.Env) string { return s.Accepts }},
		{Name: "description", Flex: true, Cell: func(s setting, _ render.Env) string { return s.Description }},
	}}
}

// change is what a command did to a setting.
type change struct {
	Key     string `json:"key"`
	Profile string `json:"profile"`
	Changed bool   `json:"changed"` // false: there was nothing to take out
	Kept    string `json:"kept_in"` // file, keyring, or "" when it was taken out
	File    string `json:"file"`
}

func changeView() render.View[change] {
	return render.View[change]{Columns: []render.Column[change]{
		render.Text("key", func(c change) string { return c.Key }),
		render.Text("profile", func(c change) string { return c.Profile }),
		render.Text("changed", func(c change) string { return strconv.FormatBool(c.Changed) }),
		render.Text("kept_in", func(c change) string { return c.Kept }),
		render.Text("file", func(c change) string { return c.File }),
	}}
}

// location is where the configuration file is.
type location struct {
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
}

func locationView() render.View[location] {
	return render.View[location]{Columns: []render.Column[location]{
		{Name: "path", Default: true, Cell: func(l location, _ render.Env) string { return l.Path }},
		{Name: "exists", Default: true, Cell: func(l location, _ render.Env) string { return strconv.FormatBool(l.Exists) }},
	}}
}
