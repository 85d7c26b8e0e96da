package config

import (
	"path/filepath"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/render"
)

// session is what a command that changes a setting works with.
type session struct {
	app    *app.App
	config *config.Config
	file   *config.Profiles
	output render.Options
}

// begin refuses wrong output options before anything is changed.
func begin(a *app.App) (*session, error) {
	opts, err := a.SetupOutput()
	if err != nil {
		return nil, err
	}
	if err := render.Check(a.IO, opts, changeView()); err != nil {
		return nil, err
	}
	c, err := a.Config()
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

// changed is what became of a key, with a warning when the environment hides it.
func (s *session) changed(key config.Key, did bool) change {
	if s.app.Getenv(key.Env()) != "" {
		s.app.Warn("%s in the environment still comes before the profile's %s", key.Env(), key.Name)
	}
	return change{Key: key.Name, Profile: s.config.Profile(), Changed: did, File: s.file.Path()}
}

func (s *session) report(c change) error {
	return app.Report(s.app, s.output, changeView(), c, func() {
		switch {
		case !c.Changed:
			s.app.Note("profile %s has no %s", c.Profile, c.Key)
		case c.Kept == "":
			s.app.Note("profile %s: %s is unset", c.Profile, c.Key)
		case c.Kept == "keyring":
			s.app.Note("profile %s: %s is set, in the system keyring", c.Profile, c.Key)
		default:
			s.app.Note("profile %s: %s is set, in %s", c.Profile, c.Key, c.File)
		}
	})
}
