package config

import (
	"path/filepath"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/render"
)

// session is the state of a command that changes a setting.
type session struct {
	app    *app.App
	config *config.Config
	file   *config.Profiles
	output render.Options
}

// begin checks the output options before anything is changed.
func begin(a *app.App) (*session, error) {
	c, opts, err := app.Setup(a, changeView())
	if err != nil {
		return nil, err
	}
	file, err := c.Profiles()
	if err != nil {
		return nil, err
	}
	a.WarnUnsynced(filepath.Dir(file.Path()))
	return &session{app: a, config: c, file: file, output: opts}, nil
}

// changed returns the change of a key. It warns if the environment overrides the key.
func (s *session) changed(key config.Key, did bool) change {
	if s.app.Getenv(key.Env()) != "" {
		s.app.Warn("%s in the environment still overrides the profile's %s", key.Env(), key.Name)
	}
	return change{Key: key.Name, Profile: s.config.Profile(), Changed: did, File: s.file.Path()}
}

func (s *session) report(c change) error {
	return app.Report(s.app, s.output, changeView(), c, func() {
		switch {
		case !c.Changed:
			s.app.Note("profile %s has no %s", c.Profile, c.Key)
		case c.Kept == "":
			s.app.Note("profile %s: removed %s", c.Profile, c.Key)
		case c.Kept == "keyring":
			s.app.Note("profile %s: set %s, in the system keyring", c.Profile, c.Key)
		default:
			s.app.Note("profile %s: set %s, in %s", c.Profile, c.Key, c.File)
		}
	})
}
