package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// NameSources adds to the hint of an error about the host or the credentials
// where those settings come from.
func (a *App) NameSources(err error) {
	failed, ok := errors.AsType[*fault.Error](err)
	if !ok || a.options == nil || a.config == nil || a.Global.Sandbox {
		return
	}
	var names []string
	switch failed.Kind {
	case fault.Network:
		names = []string{"host"}
	case fault.Auth:
		names = []string{"host", "app_key", "app_token"}
		if a.config.Origin("app_token") == "" {
			names = []string{"host", "app_key", "client_id", "client_secret"}
		}
	default:
		return
	}
	var sources []string
	for _, name := range names {
		if origin := a.config.Origin(name); origin != "" {
			sources = append(sources, fmt.Sprintf("%s is from %s", name, origin))
		}
	}
	hint := strings.Join(sources, ", ")
	if failed.Hint != "" {
		hint = failed.Hint + "; " + hint
	}
	failed.Hint = hint
}
