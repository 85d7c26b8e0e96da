package app

import (
	"context"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Directory tells who there is in the app of the profile in use, or in the
// sandbox with --sandbox.
func (a *App) Directory(ctx context.Context) (roaming.Directory, error) {
	return a.Client(ctx)
}
