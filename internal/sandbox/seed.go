package sandbox

import (
	"context"

	"github.com/roamctl/roamctl/internal/sandbox/demo"
	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// SeedDemo fills the sandbox with the demo, once for a data folder; seeded
// tells whether it did so now. Two processes cannot both do it.
func (s *Sandbox) SeedDemo(ctx context.Context) (seeded bool, err error) {
	// Nearly always it is there: ask before taking the write lock.
	settings, err := s.store.Settings(ctx)
	if err != nil || settings[settingSeeded] != "" {
		return false, err
	}
	err = s.store.Write(ctx, func(w *store.Writer) error {
		done, err := w.Setting(ctx, settingSeeded)
		if err != nil || done != "" {
			return err
		}
		seeded = true
		if err := demo.Seed(ctx, w, s.issuer.AppKey, s.options.Now()); err != nil {
			return err
		}
		return w.Set(ctx, settingSeeded, "demo")
	})
	return seeded && err == nil, err
}
