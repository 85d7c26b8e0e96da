package sandbox

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// historyZone is the time zone in which hourly history files are named.
type historyZone string

const (
	beijing historyZone = "Beijing"
	utc     historyZone = "UTC"
)

// historyFlags configure the hourly history files.
type historyFlags struct {
	lag   time.Duration
	since string
	zone  historyZone
}

func (h *historyFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	h.zone = beijing
	f.DurationVar(&h.lag, "history-files-lag", sandbox.DefaultHistoryFilesLag, "keep a message out of its hourly history file for this `DURATION`")
	f.StringVar(&h.since, "history-files-since", "3d", "serve hourly history files from this `TIME` or age on")
	flags.Choice(cmd, &h.zone, "history-files-zone", "name hourly history files in this `ZONE`: Beijing or UTC", beijing, utc)
}

func (h *historyFlags) options(a *app.App) (sandbox.HistoryFiles, error) {
	o := sandbox.HistoryFiles{Zone: sandbox.Beijing(), Lag: h.lag}
	if h.zone == utc {
		o.Zone = time.UTC
	}
	if h.lag < 0 {
		return o, fault.New(fault.Usage, "--history-files-lag is %s: it can't be negative", h.lag)
	}
	since, err := a.ParseTime("--history-files-since", h.since)
	if o.Kept = a.Now().Sub(since); err == nil && o.Kept <= 0 {
		err = fault.New(fault.Usage, "--history-files-since is %q: it must be in the past", h.since)
	}
	return o, err
}
