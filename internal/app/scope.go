package app

// Scope is the application that the command line names, for what is kept on
// this machine for all of them.
type Scope struct {
	all     bool
	profile string
	appKey  string // "" where the profile has none
}

// Scope is everything, unless --profile, --app-key or --sandbox names an
// application. A profile that does not exist is an error.
func (a *App) Scope() (Scope, error) {
	c, err := a.Config()
	if err != nil {
		return Scope{}, err
	}
	switch {
	case a.Global.Sandbox:
		return Scope{profile: "sandbox"}, nil
	case a.Flags != nil && a.Flags.Changed("app-key"):
		return Scope{appKey: c.Value("app_key").Text}, nil
	case a.Global.Profile == "":
		return Scope{all: true}, nil
	}
	if err := c.CheckProfile(); err != nil {
		return Scope{}, err
	}
	held, err := a.ProfileInFile(a.Global.Profile)
	if err != nil {
		return Scope{}, err
	}
	return Scope{profile: a.Global.Profile, appKey: held.Value("app_key").Text}, nil
}

// All reports whether nothing is left out.
func (s Scope) All() bool { return s.all }

// Takes reports whether what was done with a profile and an App Key belongs to
// it. Profiles are renamed, so the App Key decides where it is known.
func (s Scope) Takes(profile, appKey string) bool {
	if s.all || s.appKey == "" {
		return s.all || s.profile == profile
	}
	return s.appKey == appKey
}

// ScopeHelp says in a command's help what Scope does.
const ScopeHelp = "Includes all profiles; --profile, --app-key or --sandbox limits it to one app."
