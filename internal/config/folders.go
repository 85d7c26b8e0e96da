package config

import (
	"path/filepath"
	"runtime"

	"github.com/roamctl/roamctl/internal/fault"
)

const appName = "roamctl"

// Folders says where files go: below the XDG variables on every system if they
// have absolute paths, else where the system keeps such files. It creates
// nothing. A missing home folder is a fault.Config.
type Folders struct {
	Env func(string) string // looks up an environment variable, "" when unset
}

// Config returns the folder of the configuration file.
func (f Folders) Config() (string, error) {
	return f.folder("XDG_CONFIG_HOME", ".config", "Library/Application Support", "AppData", "")
}

// State returns the folder of what the tool remembers, such as unfinished runs.
func (f Folders) State() (string, error) {
	return f.folder("XDG_STATE_HOME", ".local/state", "Library/Application Support", "LocalAppData", "state")
}

// Cache returns the folder of what can be fetched again, such as tokens.
func (f Folders) Cache() (string, error) {
	return f.folder("XDG_CACHE_HOME", ".cache", "Library/Caches", "LocalAppData", "cache")
}

// Data returns the folder of the sandbox's data.
func (f Folders) Data() (string, error) {
	return f.folder("XDG_DATA_HOME", ".local/share", "Library/Application Support", "LocalAppData", "data")
}

// TokensFile returns the path of a profile's cached tokens.
func (f Folders) TokensFile(profile string) (string, error) {
	if err := CheckProfileName(profile); err != nil {
		return "", err
	}
	dir, err := f.Cache()
	return below(dir, "tokens-"+profile+".json", err)
}

// ServiceFile returns the path of what was found out about the service.
func (f Folders) ServiceFile() (string, error) {
	dir, err := f.Cache()
	return below(dir, "service.json", err)
}

// folder picks by system. part separates what shares a folder on Windows and macOS.
func (f Folders) folder(xdg, unix, mac, windows, part string) (string, error) {
	if dir := f.Env(xdg); filepath.IsAbs(dir) {
		return filepath.Join(dir, appName), nil
	}
	variable, path := "HOME", filepath.Join(unix, appName)
	switch runtime.GOOS {
	case "windows":
		variable, path = windows, filepath.Join(appName, part)
	case "darwin", "ios":
		path = filepath.Join(mac, appName, part)
	}
	home := f.Env(variable)
	if !filepath.IsAbs(home) {
		return "", fault.New(fault.Config, "there is no home folder: %s is not set to an absolute path", variable).
			WithHint("set %s, or XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_STATE_HOME and XDG_DATA_HOME", variable)
	}
	return filepath.Join(home, path), nil
}
