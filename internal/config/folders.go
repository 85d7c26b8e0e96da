package config

import (
	"path/filepath"
	"runtime"

	"github.com/roamctl/roamctl/internal/fault"
)

const appName = "roamctl"

// Folders says where files go: the XDG variables on every system when they
// hold absolute paths, else the system's own custom. Nothing is created here.
// A folder that needs a home folder when there is none is a fault.Config.
type Folders struct {
	Env func(string) string // looks up an environment variable, "" when unset
}

// Config is the folder of the configuration file.
func (f Folders) Config() (string, error) {
	return f.folder("XDG_CONFIG_HOME", ".config", "Library/Application Support", "AppData", "")
}

// State is the folder of what the tool remembers, such as unfinished work.
func (f Folders) State() (string, error) {
	return f.folder("XDG_STATE_HOME", ".local/state", "Library/Application Support", "LocalAppData", "state")
}

// Cache is the folder of what can be fetched again, such as tokens.
func (f Folders) Cache() (string, error) {
	return f.folder("XDG_CACHE_HOME", ".cache", "Library/Caches", "LocalAppData", "cache")
}

// Data is the folder of the sandbox's data.
func (f Folders) Data() (string, error) {
	return f.folder("XDG_DATA_HOME", ".local/share", "Library/Application Support", "LocalAppData", "data")
}

// TokensFile is the path of a profile's cached tokens.
func (f Folders) TokensFile(profile string) (string, error) {
	if err := CheckProfileName(profile); err != nil {
		return "", err
	}
	dir, err := f.Cache()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "tokens-"+profile+".json"), nil
}

// folder picks by system; part keeps apart what shares a folder on Windows and macOS.
func (f Folders) folder(xdg, unix, mac, windows, part string) (string, error) {
	if dir := f.Env(xdg); filepath.IsAbs(dir) {
		return filepath.Join(dir, appName), nil
	}
	switch runtime.GOOS {
	case "windows":
		if dir := f.Env(windows); filepath.IsAbs(dir) {
			return filepath.Join(dir, appName, part), nil
		}
		return "", noHome("%" + windows + "%")
	case "darwin", "ios":
		unix = mac
	default:
		part = ""
	}
	home := f.Env("HOME")
	if !filepath.IsAbs(home) {
		return "", noHome("$HOME")
	}
	return filepath.Join(home, filepath.FromSlash(unix), appName, part), nil
}

func noHome(variable string) error {
	return fault.New(fault.Config, "there is no home folder: %s is not set to an absolute path", variable).
		WithHint("set %s, or XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_STATE_HOME and XDG_DATA_HOME", variable)
}
