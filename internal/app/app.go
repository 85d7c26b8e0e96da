// Package app wires what commands need, each part on first use: configuration,
// output options, the service (hosted or in the sandbox), the clock and the
// console.
package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/console"
	"github.com/roamctl/roamctl/internal/easemob"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/sandbox"
	"github.com/roamctl/roamctl/internal/secrets"
	"github.com/roamctl/roamctl/internal/timeparse"
)

// Global are the flags of the root command that are no settings of a profile.
type Global struct {
	ConfigPath string
	Profile    string
	Sandbox    bool
	Columns    []string
	NoHeader   bool
	JQ         string
	Template   string
	Debug      bool
	NoPager    bool
}

// App is what every command is given. Its Console has notes, warnings and
// prompts.
type App struct {
	*console.Console

	Getenv  func(string) string
	Now     func() time.Time
	Version string
	Global  Global
	// Flags are those of the command that runs; the root command sets them
	// before it.
	Flags *pflag.FlagSet

	secrets  *secrets.Redactor
	config   *config.Config
	settings *config.Settings
	options  *easemob.Options
	client   *easemob.Client
	target   *Target
	sandbox  *sandbox.Sandbox
	closers  []func() error

	// CountFullLists says that the command's report counts the users whose
	// conversation list is full, instead of a warning for each.
	CountFullLists bool
	fullLists      *atomic.Int64
}

// New makes an App over the process's streams and environment.
func New(io *iostreams.Streams, getenv func(string) string, version string) *App {
	a := &App{Console: console.New(io), Getenv: getenv, Now: time.Now, Version: version, secrets: &secrets.Redactor{}, fullLists: new(atomic.Int64)}
	io.FilterErr(a.secrets.Text)
	return a
}

// FullLists returns how many users' conversation lists were full so far: older
// conversations may be missing from what was read by them.
func (a *App) FullLists() int { return int(a.fullLists.Load()) }

func (a *App) onFullList(user string, conversations int) {
	a.fullLists.Add(1)
	if a.CountFullLists {
		return
	}
	a.Warn("%s's conversation list is full with %d conversations: the service may leave older ones out; a conversation that is missing can be named by its ID", user, conversations)
}

// OnClose registers f for Close, which runs the functions in reverse order.
func (a *App) OnClose(f func() error) { a.closers = append(a.closers, f) }

// Close runs the functions that OnClose registered, and returns all their errors.
func (a *App) Close() error {
	var errs []error
	for _, closer := range slices.Backward(a.closers) {
		errs = append(errs, closer())
	}
	a.closers = nil
	return errors.Join(errs...)
}

// Config is the configuration, read once. Its warnings go to the error stream.
func (a *App) Config() (*config.Config, error) {
	if a.config != nil {
		return a.config, nil
	}
	c, err := config.Load(config.Options{
		Path: a.Global.ConfigPath, Profile: a.Global.Profile,
		Env: a.Getenv, Flags: a.Flags, Stdin: a.IO.In,
	})
	if err != nil {
		return nil, err
	}
	for _, w := range c.Warnings() {
		a.Warn("%s", w)
	}
	a.config = c
	return c, nil
}

// Settings are the checked settings of the profile in use, checked once.
func (a *App) Settings() (config.Settings, error) {
	if a.settings != nil {
		return *a.settings, nil
	}
	c, err := a.Config()
	if err != nil {
		return config.Settings{}, err
	}
	s, err := c.Settings()
	if err == nil {
		a.settings = &s
	}
	return s, err
}

// Output is how the user wants data printed.
func (a *App) Output() (render.Options, error) {
	s, err := a.Settings()
	if err != nil {
		return render.Options{}, err
	}
	return a.outputOf(a.config, s), nil
}

func (a *App) outputOf(c *config.Config, s config.Settings) render.Options {
	from := ""
	if a.Flags == nil || !a.Flags.Changed("output") {
		from = c.Origin("output")
	}
	return render.Options{
		FormatFrom: from,
		Format:     render.Format(s.Output), Columns: a.Global.Columns, NoHeader: a.Global.NoHeader,
		JQ: a.Global.JQ, Template: a.Global.Template, Location: s.Location, Now: a.Now,
	}
}

// StartPager sends long output on a terminal through the user's pager.
func (a *App) StartPager(ctx context.Context) error {
	if a.Global.NoPager {
		return nil
	}
	s, err := a.Settings()
	if err != nil {
		return err
	}
	if err := a.IO.StartPager(ctx, s.Pager); err != nil {
		return err
	}
	a.OnClose(a.IO.StopPager)
	return nil
}

// ParseTime parses the time that a flag was given, in the user's zone. It
// returns the zero time for "". An error names the flag.
func (a *App) ParseTime(flag, text string) (time.Time, error) {
	t, err := a.parseTime(flag, text, timeparse.Parse)
	if err == nil {
		a.noteLast(text, t)
	}
	return t, err
}

// ParseRange parses --since and --until, of which a day includes all of it. It
// refuses an end before the start.
func (a *App) ParseRange(since, until string) (from, to time.Time, err error) {
	if from, err = a.parseTime("--since", since, timeparse.Parse); err != nil {
		return from, to, err
	}
	if to, err = a.parseTime("--until", until, timeparse.ParseEnd); err != nil {
		return from, to, err
	}
	if !from.IsZero() && !to.IsZero() && to.Before(from) {
		return from, to, fault.New(fault.Usage, "--until %s is before --since %s", a.ShowTime(to), a.ShowTime(from))
	}
	switch {
	case until == since || !timeparse.MeansLast(until):
		a.noteLast(since, from)
	case !timeparse.MeansLast(since):
		a.noteLast(until, to)
	default:
		a.Note("%s; %s", timeparse.DescribeLast(since, from), timeparse.DescribeLast(until, to))
	}
	return from, to, nil
}

func (a *App) parseTime(flag, text string, parse func(string, time.Time, *time.Location) (time.Time, error)) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	s, err := a.Settings()
	if err != nil {
		return time.Time{}, err
	}
	t, err := parse(text, a.Now(), s.Location)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", flag, err)
	}
	return t, nil
}

// noteLast says what a time is that stands for the last one of its kind, such as
// tuesday.
func (a *App) noteLast(text string, t time.Time) {
	if timeparse.MeansLast(text) {
		a.Note("%s", timeparse.DescribeLast(text, t))
	}
}
