package app

import (
	"context"
	"fmt"
)

// Target is which application a command works on.
type Target struct {
	Profile string
	Host    string
	AppKey  string
}

// String names the application in the words of prompts.
func (t Target) String() string {
	return fmt.Sprintf("profile %s, App Key %s at %s", t.Profile, t.AppKey, t.Host)
}

// Target is the application of the profile in use, or the sandbox's with
// --sandbox, whose profile is "sandbox". It is found out once.
func (a *App) Target(ctx context.Context) (Target, error) {
	if a.target != nil {
		return *a.target, nil
	}
	t, err := a.findTarget(ctx)
	if err == nil {
		a.target = &t
	}
	return t, err
}

func (a *App) findTarget(ctx context.Context) (Target, error) {
	o, err := a.clientOptions(ctx)
	if err != nil {
		return Target{}, err
	}
	if a.Global.Sandbox {
		return Target{Profile: "sandbox", Host: o.Host, AppKey: o.AppKey}, nil
	}
	c, err := a.Config()
	if err != nil {
		return Target{}, err
	}
	return Target{Profile: c.Profile(), Host: o.Host, AppKey: o.AppKey}, nil
}
