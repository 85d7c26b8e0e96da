package profile

import (
	"maps"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/render"
)

func listView() render.View[config.Profile] {
	current := render.Text("current", func(p config.Profile) string { return mark(p.Current) })
	columns := render.Fields[config.Profile]("name", "host", "app_key", "client_id")
	return render.View[config.Profile]{Columns: append([]render.Column[config.Profile]{current}, columns...)}
}

func mark(current bool) string {
	if current {
		return "*"
	}
	return ""
}

// details are the settings of a profile in the file.
type details struct {
	Name    string `json:"name"`
	Current bool   `json:"current"`
	File    string `json:"file"`
	// Settings are the values of all keys but secrets.
	Settings map[string]string `json:"settings"`
	// Secrets say where each secret is: file or keyring.
	Secrets map[string]string `json:"secrets"`
}

// newDetails expects the values of the file alone.
func newDetails(name string, current bool, file string, values []config.Value) details {
	d := details{Name: name, Current: current, File: file, Settings: map[string]string{}, Secrets: map[string]string{}}
	for _, v := range values {
		switch {
		case v.Source == "" || v.Source == "default":
		case !v.Key.Secret:
			d.Settings[v.Key.Name] = v.Text
		case v.Source == "keyring":
			d.Secrets[v.Key.Name] = "keyring"
		default:
			d.Secrets[v.Key.Name] = "file"
		}
	}
	return d
}

// summary returns the host and the App Key.
func (d details) summary() string {
	known := slices.DeleteFunc([]string{d.Settings["app_key"], d.Settings["host"]}, func(s string) bool { return s == "" })
	if len(known) == 0 {
		return "no host, no App Key"
	}
	return strings.Join(known, " at ")
}

// others returns the settings without a column of their own.
func (d details) others() map[string]string {
	m := maps.Clone(d.Settings)
	for _, key := range []string{"host", "app_key", "client_id"} {
		delete(m, key)
	}
	return m
}

func detailsView() render.View[details] {
	return render.View[details]{Columns: []render.Column[details]{
		render.Text("name", func(d details) string { return d.Name }),
		render.Text("current", func(d details) string { return mark(d.Current) }),
		render.Text("file", func(d details) string { return d.File }),
		render.Text("host", func(d details) string { return d.Settings["host"] }),
		render.Text("app_key", func(d details) string { return d.Settings["app_key"] }),
		render.Text("client_id", func(d details) string { return d.Settings["client_id"] }),
		render.Text("settings", func(d details) string { return pairs(d.others()) }),
		render.Text("secrets", func(d details) string { return pairs(d.Secrets) }),
	}}
}

// pairs formats a map as key=value, sorted by key.
func pairs(m map[string]string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		all = append(all, key+"="+m[key])
	}
	return strings.Join(all, " ")
}

// done is the change of a profile.
type done struct {
	Profile string `json:"profile"`
	Was     string `json:"was,omitempty"` // its name before
	Done    string `json:"done"`          // used, renamed, removed or planned
}

func doneView() render.View[done] { return render.View[done]{Columns: render.Fields[done]()} }
