package app

import (
	"strings"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

// SetupOutput is Output for the commands that show and fix the configuration. It
// warns of malformed settings and uses their defaults.
func (a *App) SetupOutput() (render.Options, error) {
	c, err := a.Config()
	if err != nil {
		return render.Options{}, err
	}
	return a.OutputOf(c)
}

// OutputOf is SetupOutput for another configuration than the one in use.
func (a *App) OutputOf(c *config.Config) (render.Options, error) {
	s, err := c.Settings()
	if fault.KindOf(err) == fault.Config {
		a.Warn("%v", err)
	} else if err != nil {
		return render.Options{}, err
	}
	return a.outputOf(c, s), nil
}

// Setup returns the configuration, and the output options after checking them
// against a view, for the commands that show and fix the configuration.
func Setup[T any](a *App, view render.View[T]) (*config.Config, render.Options, error) {
	opts, err := a.SetupOutput()
	if err != nil {
		return nil, opts, err
	}
	if err := render.Check(a.IO, opts, view); err != nil {
		return nil, opts, err
	}
	c, err := a.Config()
	return c, opts, err
}

// ProfileInFile returns the configuration with the file's values of a profile,
// which may not exist, without flags and the environment.
func (a *App) ProfileInFile(name string) (*config.Config, error) {
	c, err := a.Config()
	if err != nil {
		return nil, err
	}
	path, err := c.Path()
	if err != nil {
		return nil, err
	}
	return config.Load(config.Options{Path: path, Profile: name, Env: func(name string) string {
		if strings.HasPrefix(name, "ROAMCTL_") {
			return ""
		}
		return a.Getenv(name)
	}})
}
